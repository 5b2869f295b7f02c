/** Calls of IAM, and what their answers hold. */
import type { OperationCall } from '../../api/call.ts'
import { indentJson } from '../../kit/json-text.ts'

export const iam = (operation: string, input: object = {}): OperationCall => ({
  service: 'iam',
  operation,
  input,
})

/** What policies can be put on. */
export type IdentityKind = 'User' | 'Group' | 'Role'

export interface Identity {
  kind: IdentityKind
  name: string
}

/** An operation on the identity, e.g. `Attach…Policy`. */
export const onIdentity = (
  { kind, name }: Identity,
  [before, after]: readonly [string, string],
  input: object = {},
): OperationCall => iam(`${before}${kind}${after}`, { [`${kind}Name`]: name, ...input })

export interface AttachedPolicy {
  PolicyName: string
  PolicyArn: string
}

/** IAM writes documents in its answers as in a URL. */
export const readDocument = (document: string): string => indentJson(decodeURIComponent(document))

/** A document that has a start to it. */
export const emptyPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [],
      "Resource": "*"
    }
  ]
}`

/** Why it is no document that could be sent, or `undefined`. */
export function documentFault(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    return 'The document is no JSON yet'
  }
}

export const nameOfArn = (arn: string): string => arn.split('/').at(-1) ?? arn

/** The page of a policy, by its ARN. */
export const policyHref = (arn: string): string => `/iam/policies/${encodeURIComponent(arn)}`

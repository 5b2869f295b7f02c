/** Policies of devices. Source of the limits: AWS General Reference, "AWS IoT Core policy limits". */
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, parseArn, type ArnScope } from '../../lib/arn.ts'
import { parsePolicyDocument, PolicyDocumentError } from '../../access/policies/index.ts'

/** A policy as it counts: with the document of its default version. */
export interface IotPolicy {
  policyName: string
  /** JSON text as it came. */
  policyDocument: string
  /** A number, from 1. */
  defaultVersionId: string
  /** UUID, another one after each change. */
  generationId: string
  creationDate: Date
  lastModifiedDate: Date
}

export interface IotPolicyVersion {
  policyDocument: string
  versionId: string
  isDefaultVersion: boolean
  generationId: string
  createDate: Date
}

/** What a policy can be attached to. */
export interface PolicyTarget {
  kind: 'certificate' | 'thing-group'
  /** The certificate's id, or the group's name. */
  id: string
}

export const maxVersions = 5

/** Policies on one target. */
export const maxAttached: Record<PolicyTarget['kind'], number> = { certificate: 10, 'thing-group': 2 }

/** Characters of a document that are not white space. */
const maxDocumentLength = 2048

export const policyArn = (scope: ArnScope, policyName: string) => iotArn(scope, `policy/${policyName}`)

/**
 * For names that did not come through the API, e.g. out of a template.
 * @throws {AwsError} `InvalidRequestException`
 */
export function checkPolicyName(policyName: string): void {
  if (!/^[\w+=,.@-]{1,128}$/.test(policyName))
    throw iotError(
      'InvalidRequestException',
      `a policy name has 1 to 128 letters, digits, or characters of "_+=,.@-", got ${JSON.stringify(policyName.slice(0, 140))}`,
    )
}

/** @throws {AwsError} `MalformedPolicyException` naming the place */
export function checkDocument(policyDocument: string): void {
  const length = policyDocument.replaceAll(/\s/g, '').length
  if (length > maxDocumentLength)
    throw iotError(
      'MalformedPolicyException',
      `the policy document has ${length} characters without white space, at most ${maxDocumentLength} are allowed`,
    )
  try {
    parsePolicyDocument(policyDocument, 'iot')
  } catch (cause) {
    if (cause instanceof PolicyDocumentError)
      throw iotError('MalformedPolicyException', `the policy document is malformed: ${cause.message}`)
    throw cause
  }
}

/** @throws {AwsError} `InvalidRequestException` when `target` is no ARN of a certificate or thing group */
export function parseTarget(target: string): PolicyTarget {
  const arn = parseArn(target)
  const [, kind, id] = /^(cert|thinggroup)\/(.+)$/s.exec(arn?.resource ?? '') ?? []
  if (arn?.service !== 'iot' || id === undefined)
    throw iotError(
      'InvalidRequestException',
      `the target must be the ARN of a certificate or a thing group, got ${JSON.stringify(target.slice(0, 200))}`,
    )
  return { kind: kind === 'cert' ? 'certificate' : 'thing-group', id }
}

/** Policies that narrow temporary credentials (AWS STS API Reference, "AssumeRole" and "GetSessionToken"). */
import { stsError } from '../../../api/aws/errors.ts'
import { isJsonObject, parseLenientJson, type JsonValue } from '../../../lib/lenient-json.ts'
import { parsePolicyDocument, PolicyDocumentError } from '../../policies/index.ts'
import type { Db } from '../../../store/index.ts'
import { checkNewDocument } from '../documents/new-document.ts'
import { findDefaultDocument } from '../documents/policy-version-store.ts'

/** Characters of all session policies together. */
const maxLength = 2048

/** Documents that were checked are no deeper. */
const maxDocumentDepth = 10

interface SessionPolicies {
  accountId: string
  /** JSON text, given with the call. */
  document: string | undefined
  /** ARNs of managed policies, given with the call. */
  policyArns: readonly string[]
}

/**
 * One document that grants what any of the given policies grants; `undefined` when none is given.
 * assumed: managed session policies are taken as they are at the moment of the call.
 * @throws {AwsError} `MalformedPolicyDocumentException`, `PackedPolicyTooLargeException`, or `ValidationError` for
 * a managed policy that is not there
 */
export async function mergeSessionPolicies(
  db: Db,
  { accountId, document, policyArns }: SessionPolicies,
): Promise<string | undefined> {
  const documents = document === undefined ? [] : [document]
  const given = documents.length + policyArns.length
  if ((document?.length ?? 0) + policyArns.join('').length > maxLength)
    throw stsError(
      'PackedPolicyTooLargeException',
      `Session policies may have ${maxLength} characters in all`,
    )
  for (const arn of policyArns) documents.push(await getManagedDocument(db, accountId, arn))
  if (given === 0) return undefined
  if (document !== undefined) checkGiven(document)
  const parsed = documents.map(readParts)
  if (new Set(parsed.map(({ Version }) => Version)).size > 1)
    throw malformed('Session policies that are given together must have the same Version')
  return JSON.stringify({
    ...(parsed[0]?.Version === undefined ? {} : { Version: parsed[0].Version }),
    Statement: parsed.flatMap(({ Statement }) => Statement),
  })
}

/**
 * What a session of GetSessionToken without multi-factor authentication may do: all that its user may, but nothing
 * in IAM, and of sts only AssumeRole and GetCallerIdentity. iam:PassRole is no call of IAM.
 */
export const sessionTokenPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', NotAction: ['iam:*', 'sts:*'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['iam:PassRole', 'sts:AssumeRole', 'sts:GetCallerIdentity'],
      Resource: '*',
    },
  ],
})

async function getManagedDocument(db: Db, accountId: string, arn: string): Promise<string> {
  const policy = await findDefaultDocument(db, accountId, arn)
  if (!policy) throw stsError('ValidationError', `The session policy ${arn} does not exist`)
  return policy.document
}

function checkGiven(document: string): void {
  try {
    checkNewDocument(parsePolicyDocument(document, 'identity'), 'inline')
  } catch (error) {
    if (error instanceof PolicyDocumentError) throw malformed(error.message)
    throw error
  }
}

/** The parts of a document as they were written, so that the merged one reads the same. */
function readParts(text: string): { Version?: JsonValue | undefined; Statement?: JsonValue | undefined } {
  const parsed = parseLenientJson(text, { maxLength: text.length, maxDepth: maxDocumentDepth })
  return isJsonObject(parsed) ? { Version: parsed['Version'], Statement: parsed['Statement'] } : {}
}

function malformed(message: string): Error {
  return stsError('MalformedPolicyDocumentException', message)
}

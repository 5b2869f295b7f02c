/**
 * Who signed a request with AWS Signature Version 4, in headers or presigned.
 * Source: AWS IAM User Guide, "AWS Signature Version 4 for API requests" and "Troubleshoot Signature Version 4
 * signing for AWS API requests".
 */
import { hash } from 'node:crypto'
import { constantEquals } from '../../../lib/constant-equals.ts'
import type { Caller } from '../caller.ts'
import { AwsError } from '../errors.ts'
import type { WireRequest } from '../wire.ts'
import { recomputeSignature } from './canonical.ts'
import { parseClaim, type CredentialScope, type SignatureClaim } from './credential.ts'

/** What stands behind an access key id. */
export interface SigningCredential {
  secretAccessKey: string
  /** SHA-256 of the session token in lower-case hex. Of temporary credentials; the request must carry the token. */
  sessionTokenHash?: string
  status: 'Active' | 'Inactive'
  expiresAt?: Date
  caller: Caller
}

export type FindCredential = (accessKeyId: string) => Promise<SigningCredential | undefined>

export interface Verification {
  now: Date
  /** @returns why a signature scoped to that region and service is not for us, or `undefined` when it is */
  findScopeFault: (scope: { region: string; service: string }) => string | undefined
  findCredential: FindCredential
}

export interface Signer {
  caller: Caller
  accessKeyId: string
  /** As the credential scope names it, e.g. `iotdata`. */
  service: string
  region: string
}

const maxSkewMs = 15 * 60 * 1000

const refuse = (code: string, message: string) => new AwsError(code, message)
const wrongSignature = (message: string) => refuse('InvalidSignatureException', message)

/**
 * @throws {AwsError} `MissingAuthenticationTokenException`, `IncompleteSignatureException`,
 * `UnrecognizedClientException`, `ExpiredTokenException`, or `InvalidSignatureException` (the query protocol has
 * its own names for them)
 */
export async function verifySignature(request: WireRequest, verification: Verification): Promise<Signer> {
  const { scope, credential } = await verifyByRules(request, verification, commonRules)
  const { accessKeyId, service, region } = scope
  return { caller: credential.caller, accessKeyId, service, region }
}

/** What a service takes as a signature of the same request. */
export interface SigningRules {
  /** The forms in which a client may have signed it; one that fits is enough. */
  signedForms: (request: WireRequest) => readonly WireRequest[]
  /** False when a presigned request may leave X-Amz-Expires out. */
  needsExpiry: boolean
  /** AWS's own headers that need not be signed. */
  unsignedHeaders: ReadonlySet<string>
}

const commonRules: SigningRules = {
  signedForms: (request) => [request],
  needsExpiry: true,
  unsignedHeaders: new Set(['x-amzn-trace-id']),
}

/** @throws {AwsError} as `verifySignature` */
export async function verifyByRules(
  request: WireRequest,
  verification: Verification,
  rules: SigningRules,
): Promise<{ scope: CredentialScope; credential: SigningCredential }> {
  const claim = parseClaim(request, rules)
  if (!claim) throw refuse('MissingAuthenticationTokenException', 'Missing Authentication Token')
  const { scope } = claim
  const credential = await verification.findCredential(scope.accessKeyId)
  if (!credential || credential.status !== 'Active' || !isTokenOf(credential, claim.sessionToken)) {
    throw refuse('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  if (credential.expiresAt && credential.expiresAt <= verification.now) {
    throw refuse('ExpiredTokenException', 'The security token included in the request is expired')
  }
  const scopeFault = verification.findScopeFault(scope)
  if (scopeFault !== undefined) throw wrongSignature(scopeFault)
  checkTime(claim, verification.now)
  checkCoverage(request, claim, rules)
  const bodyHash = findBodyHash(request, scope.service)
  for (const form of rules.signedForms(request)) {
    const signature = recomputeSignature({ ...form, bodyHash }, claim, credential.secretAccessKey)
    if (constantEquals(signature, claim.signature)) return { scope, credential }
  }
  throw wrongSignature(
    'The request signature we calculated does not match the signature you provided. ' +
      'Check your AWS Secret Access Key and signing method.',
  )
}

function isTokenOf({ sessionTokenHash }: SigningCredential, given: string | undefined): boolean {
  if (sessionTokenHash === undefined || given === undefined) return sessionTokenHash === given
  return constantEquals(sessionTokenHash, hash('sha256', given, 'hex'))
}

/** `YYYYMMDDTHHMMSSZ` in epoch milliseconds. */
function parseTime(text: string): number {
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`
  return Date.parse(`${day}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13)}`)
}

function checkTime({ timestamp, scope, expiresSeconds }: SignatureClaim, now: Date): void {
  if (!timestamp.startsWith(scope.date)) {
    throw wrongSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${timestamp.slice(0, 8)}'.`,
    )
  }
  const signedAt = parseTime(timestamp)
  const lifetimeMs = expiresSeconds === undefined ? maxSkewMs : expiresSeconds * 1000
  if (!(now.getTime() <= signedAt + lifetimeMs)) {
    throw wrongSignature(
      `Signature expired: ${timestamp} is too far before the server's time, ${now.toISOString()}`,
    )
  }
  if (signedAt > now.getTime() + maxSkewMs) {
    throw wrongSignature(
      `Signature not yet current: ${timestamp} is still later than the server's time, ${now.toISOString()}, + 15 min.`,
    )
  }
}

/** What could be changed on the way without breaking the signature must not change what the request means. */
function checkCoverage(
  { headers, path }: WireRequest,
  { signedHeaders }: SignatureClaim,
  { unsignedHeaders }: SigningRules,
): void {
  if (/\/\.{0,2}(?=\/)|\/\.{1,2}$/.test(path))
    // several paths are signed alike
    throw wrongSignature("the path of a signed request may hold no empty segments, and no '.' or '..'")
  const signed = new Set(signedHeaders)
  const required = Object.keys(headers).filter((name) => /^x-amzn?-/.test(name) && !unsignedHeaders.has(name))
  const unsigned = ['host', ...required].find((name) => !signed.has(name))
  if (unsigned !== undefined)
    throw wrongSignature(`the header '${unsigned}' must be one of the signed headers`)
  const absent = signedHeaders.find((name) => headers[name] === undefined)
  if (absent !== undefined) throw wrongSignature(`the signed header '${absent}' is not in the request`)
}

/** The signature covers what really came, so a client that states another hash gets a clear answer. */
/** S3 leaves bodies unsigned, or signs them in pieces: nothing is done with them here. */
function findBodyHash({ headers, body }: WireRequest, service: string): string {
  const stated = headers['x-amz-content-sha256']
  if (service === 's3' && stated !== undefined) return stated
  const bodyHash = hash('sha256', body, 'hex')
  if (stated !== undefined && stated !== bodyHash)
    throw wrongSignature("the header 'x-amz-content-sha256' is not the SHA-256 of the body")
  return bodyHash
}

/**
 * Who signed the request for a WebSocket, in headers or presigned.
 * Source: AWS IoT Developer Guide, "Device communication protocols" and "IAM users, groups, and roles": the service
 * is `iotdevicegateway`, and a session token is added to the request after it was signed.
 */
import type { Caller } from '../caller.ts'
import type { WireRequest } from '../wire.ts'
import { verifyByRules, type FindCredential, type SigningRules } from './verify.ts'

export interface UpgradeVerification {
  now: Date
  region: string
  findCredential: FindCredential
}

export interface UpgradeSigner {
  caller: Caller
  accessKeyId: string
  /** Of temporary credentials. */
  expiresAt?: Date
}

const service = 'iotdevicegateway'
const tokenParameter = 'X-Amz-Security-Token'

/** assumed: without X-Amz-Expires, which AWS's device SDKs leave out, a request holds as long as a header-signed one. */
const rules: SigningRules = {
  signedForms,
  needsExpiry: false,
  unsignedHeaders: new Set(['x-amzn-trace-id', 'x-amz-security-token']),
}

/** @throws {AwsError} as `verifySignature` */
export async function verifyUpgrade(
  request: WireRequest,
  { now, region, findCredential }: UpgradeVerification,
): Promise<UpgradeSigner> {
  const verification = { now, findCredential, findScopeFault: (scope: Scope) => faultOf(region, scope) }
  const { scope, credential } = await verifyByRules(request, verification, rules)
  const { caller, expiresAt } = credential
  return { caller, accessKeyId: scope.accessKeyId, ...(expiresAt && { expiresAt }) }
}

interface Scope {
  region: string
  service: string
}

function faultOf(ownRegion: string, scope: Scope): string | undefined {
  if (scope.service !== service)
    return `Credential should be scoped to correct service: '${service}', not '${scope.service}'.`
  if (scope.region === ownRegion) return undefined
  return `Credential should be scoped to a valid region: '${ownRegion}', not '${scope.region}'.`
}

/**
 * A session token may be signed or not. Clients sign the host alone, as AWS's port is the one that has no need to be
 * named, and then send the port with it.
 */
function signedForms(request: WireRequest): readonly WireRequest[] {
  const hasToken = request.query.has(tokenParameter)
  const queries = hasToken ? [withoutToken(request), request] : [request]
  const { host = '' } = request.headers
  const plainHost = host.replace(/:\d+$/, '')
  if (plainHost === host) return queries
  return queries.flatMap((form) => [form, { ...form, headers: { ...form.headers, host: plainHost } }])
}

function withoutToken(request: WireRequest): WireRequest {
  const query = new Map(request.query)
  query.delete(tokenParameter)
  return { ...request, query }
}

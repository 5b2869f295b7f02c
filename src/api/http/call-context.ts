/** What a handler is told of its call, and where the call is written down. */
import type { Caller } from '../aws/caller.ts'
import type { CallContext } from '../aws/operations.ts'
import type { RecordCall, RecordedCall } from '../aws/recorded-call.ts'
import type { WireRequest } from '../aws/wire.ts'
import { RecentMap } from '../../lib/recent-map.ts'

/** What the listener knows of a request beside its bytes. */
export interface CallOrigin {
  requestId: string
  sourceIp: string
  userAgent?: string | undefined
  /** By which the caller reached the server, e.g. `http://127.0.0.1:9080`. */
  serverUrl?: string
  /** Whether it came over TLS. */
  isSecure: boolean
}

/** What a caller wants to do, for IAM to decide. */
interface AccessRequest {
  action: string
  /** ARN or `*`. */
  resource: string
  /** Condition keys of the request, e.g. `aws:SourceIp`. */
  conditions: Record<string, string>
}

export interface ContextDeps {
  region: string
  /** @throws {AwsError} `AccessDeniedException` that names caller, action, and resource */
  authorizeCall: (caller: Caller, request: AccessRequest) => Promise<void>
  /** Absent: no record of calls is kept. */
  recordCall?: RecordCall
}

/** Who calls, and what is known of the call from its beginning. */
export interface Known {
  caller: Caller
  /** That signed the call. */
  accessKeyId?: string | undefined
  /** That opened the session it belongs to. */
  sessionKeyId?: string | undefined
  origin: CallOrigin
  /** Filled in once it is known. */
  name: { service: string; operation: string; accountId?: string }
}

/** A call under way: what its handler is told, and what is written down of it. */
export interface OpenCall {
  context: CallContext
  entry: RecordedCall
}

/** Does the work of a call whose caller is known, and has it written down: see `RecordCall`. */
export function recorded<T>(
  deps: ContextDeps,
  known: Known,
  work: (call: OpenCall) => Promise<T>,
): Promise<T> {
  const { caller, accessKeyId = known.sessionKeyId, origin, name } = known
  const { requestId, sourceIp, userAgent, isSecure } = origin
  name.accountId = caller.accountId
  const entry = { requestId, caller, accessKeyId, sourceIp, userAgent, isSecure, name, resources: [] }
  const call = { context: toContext(deps, known, entry), entry }
  return deps.recordCall ? deps.recordCall(entry, () => work(call)) : work(call)
}

function toContext(
  deps: ContextDeps,
  { caller, accessKeyId, origin }: Known,
  { resources }: Pick<RecordedCall, 'resources'>,
): CallContext {
  const { requestId, sourceIp, serverUrl } = origin
  const ofRequest = requestConditions(origin, deps.region)
  return {
    caller,
    accountId: caller.accountId,
    region: deps.region,
    requestId,
    sourceIp,
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...(serverUrl !== undefined && { serverUrl }),
    authorize(action, resource, conditions) {
      if (resource !== '*' && !resources.includes(resource)) resources.push(resource)
      return deps.authorizeCall(caller, { action, resource, conditions: { ...ofRequest, ...conditions } })
    },
  }
}

/** What policies can know of any request, by condition key. */
export function requestConditions(
  { sourceIp, isSecure }: Pick<CallOrigin, 'sourceIp' | 'isSecure'>,
  region: string,
): Record<string, string> {
  return {
    'aws:SourceIp': sourceIp,
    'aws:RequestedRegion': region,
    'aws:SecureTransport': String(isSecure),
  }
}

/** A proxy that ends TLS says so; who lies about it is told a wrong address, and nobody else. */
export function withServerUrl({ headers }: WireRequest, origin: CallOrigin): CallOrigin {
  const scheme = origin.isSecure || headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
  const serverUrl = originOfUrl(`${scheme}://${headers['host'] ?? ''}`)
  return serverUrl === '' ? origin : { ...origin, serverUrl }
}

/** A server is called by a few names, in each request. */
const knownOrigins = new RecentMap<string>(16)

/** Empty for what is no URL. */
function originOfUrl(text: string): string {
  const known = knownOrigins.get(text)
  if (known !== undefined) return known
  const origin = URL.parse(text)?.origin ?? ''
  knownOrigins.set(text, origin)
  return origin
}

/**
 * Decides what connected devices may do, by policies that are always current: when an announcement of a change
 * resolves, every open connection decides by what was announced.
 */
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import type { Change, Fabric } from '../../fabric/in-process/index.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Store } from '../../store/index.ts'
import { CompiledPolicies } from './compiled-policies.ts'
import { EnrichingTypes } from './enriching-types.ts'
import { Session, type DeviceAuthorization } from './device-authorization.ts'
import { createGrantsLoader, type DeviceProtocol, type GrantsKey } from './device-grants.ts'
import { GrantsCache, type GrantsEntry } from './grants-cache.ts'
import { refreshGrants } from './refresh-grants.ts'

export interface AuthorizationRequest {
  accountId: string
  /** Of the connection; that it is ACTIVE has been seen to. */
  certificate: Pick<
    DeviceCertificate,
    'certificateId' | 'certificateArn' | 'certificatePem' | 'claimTemplate'
  >
  /** Empty or absent where the protocol has none. */
  clientId?: string
  sourceIp: string
  /** The domain it is connected to. */
  domainName?: string | undefined
  protocol: DeviceProtocol
}

export interface DeviceAuthorizer extends Disposable {
  open: (request: AuthorizationRequest) => MaybePromise<DeviceAuthorization>
}

export interface DeviceAuthorizerDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
  /** For `aws:CurrentTime`; the clock when absent. */
  now?: () => Date
}

export function createDeviceAuthorizer(deps: DeviceAuthorizerDeps): DeviceAuthorizer {
  const { store, fabric, now = () => new Date() } = deps
  const parts = { compiled: new CompiledPolicies(), enriching: new EnrichingTypes(store.read) }
  const cache = new GrantsCache((key) => createGrantsLoader(store.read, parts)(key))
  let refreshed: Promise<void> = Promise.resolve()
  let waiting = 0

  function onChange(change: Change): Promise<void> | void {
    cache.noteWhileLoading(change)
    const isNobodys = change.kind !== 'thing-type' && cache.affectedBy(change).length === 0
    if (waiting === 0 && isNobodys) return
    // one after the other, so that what was read first is never put over what was read later
    waiting++
    const refresh = refreshed
      .then(() => refreshGrants({ db: store.read, cache, ...parts }, change))
      .finally(() => waiting--)
    refreshed = refresh.catch(() => {}) // the announcement reports it
    return refresh
  }

  function open(request: AuthorizationRequest): MaybePromise<DeviceAuthorization> {
    const { accountId, certificate, protocol } = request
    const clientId = request.clientId === '' ? undefined : request.clientId
    const { certificateId, certificateArn, claimTemplate } = certificate
    const key: GrantsKey = { accountId, certificateId, certificateArn, clientId, protocol, claimTemplate }
    const entry = cache.get(key)
    return entry instanceof Promise ? loadAndJoin(entry, key, request) : join(entry, request)
  }

  async function loadAndJoin(loading: Promise<GrantsEntry>, key: GrantsKey, request: AuthorizationRequest) {
    let entry = await loading
    while (!cache.holds(entry)) entry = await cache.get(key)
    return join(entry, request)
  }

  function join(entry: GrantsEntry, request: AuthorizationRequest): DeviceAuthorization {
    const { certificate, sourceIp, domainName } = request
    const { clientId, protocol } = entry.key
    const facts = { clientId, sourceIp, domainName, protocol, now, certificate }
    const session = new Session(entry, facts, () => cache.leave(entry, session))
    cache.join(entry, session)
    return session
  }

  return { open, [Symbol.dispose]: fabric.onChange(onChange)[Symbol.dispose] }
}

/**
 * Decides what connected devices may do, by policies that are always current: when an announcement of a change
 * resolves, every open connection decides by what was announced.
 */
import type { DeviceCertificate } from '../certificates/index.ts'
import type { Change, Fabric } from '../fabric/index.ts'
import type { Store } from '../store/index.ts'
import { CompiledPolicies } from './compiled-policies.ts'
import { Session, type DeviceAuthorization } from './device-authorization.ts'
import { createGrantsLoader, type DeviceProtocol, type GrantsKey } from './device-grants.ts'
import { GrantsCache } from './grants-cache.ts'
import { refreshGrants } from './refresh-grants.ts'

export interface AuthorizationRequest {
  accountId: string
  /** Of the connection; that it is ACTIVE has been seen to. */
  certificate: Pick<DeviceCertificate, 'certificateId' | 'certificateArn' | 'certificatePem'>
  /** Empty or absent where the protocol has none. */
  clientId?: string
  sourceIp: string
  /** The domain it is connected to. */
  domainName?: string
  protocol: DeviceProtocol
}

export interface DeviceAuthorizer extends Disposable {
  open: (request: AuthorizationRequest) => Promise<DeviceAuthorization>
}

export interface DeviceAuthorizerDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
  /** For `aws:CurrentTime`; the clock when absent. */
  now?: () => Date
}

export function createDeviceAuthorizer(deps: DeviceAuthorizerDeps): DeviceAuthorizer {
  const { store, fabric, now = () => new Date() } = deps
  const compiled = new CompiledPolicies()
  const cache = new GrantsCache((key) => createGrantsLoader(store.read, compiled)(key))
  let refreshed: Promise<void> = Promise.resolve()
  let waiting = 0

  function onChange(change: Change): Promise<void> | void {
    cache.noteWhileLoading(change)
    if (waiting === 0 && cache.affectedBy(change).length === 0) return
    // one after the other, so that what was read first is never put over what was read later
    waiting++
    const refresh = refreshed
      .then(() => refreshGrants({ db: store.read, cache, compiled }, change))
      .finally(() => waiting--)
    refreshed = refresh.catch(() => {}) // the announcement reports it
    return refresh
  }

  async function open(request: AuthorizationRequest): Promise<DeviceAuthorization> {
    const { accountId, certificate, sourceIp, domainName, protocol } = request
    const clientId = request.clientId === '' ? undefined : request.clientId
    const { certificateId, certificateArn, certificatePem } = certificate
    const key: GrantsKey = { accountId, certificateId, certificateArn, clientId, protocol }
    let entry = await cache.get(key)
    while (!cache.holds(entry)) entry = await cache.get(key)
    const identity = { certificateId, certificatePem }
    const facts = { clientId, sourceIp, domainName, protocol, now, certificate: identity }
    const session = new Session(entry, facts, () => cache.leave(entry, session))
    cache.join(entry, session)
    return session
  }

  return { open, [Symbol.dispose]: fabric.onChange(onChange)[Symbol.dispose] }
}

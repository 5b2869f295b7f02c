import type { Fabric } from '../../fabric/index.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import type { Store } from '../../store/index.ts'
import type { DeviceCertificate } from './certificate.ts'
import { findCertificate } from './store.ts'

export interface KnownCertificatesDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
}

export type FindCertificate = (
  accountId: string,
  certificateId: string,
) => MaybePromise<DeviceCertificate | undefined>

/** A fleet that comes back after an outage; each is some 2 KB. */
const maxKept = 10_000

/**
 * Finds certificates as `findCertificate` does; those that are ACTIVE are remembered, since their devices come back.
 * When the announcement of a change resolves, nothing older than the change is remembered.
 */
export function rememberCertificates({ store, fabric }: KnownCertificatesDeps): FindCertificate {
  const active = new RecentMap<DeviceCertificate>(maxKept)
  let changes = 0
  fabric.onChange(({ kind, accountId, id }) => {
    if (kind !== 'certificate') return
    changes++
    active.delete(`${accountId}/${id}`)
  })

  async function read(key: string, accountId: string, certificateId: string) {
    const before = changes
    const found = await findCertificate(store.read, accountId, certificateId)
    // what was read while something changed may be of before
    if (found?.status === 'ACTIVE' && changes === before) active.set(key, found)
    return found
  }

  return (accountId, certificateId) => {
    const key = `${accountId}/${certificateId}`
    return active.get(key) ?? read(key, accountId, certificateId)
  }
}

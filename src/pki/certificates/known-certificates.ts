import type { Fabric } from '../../fabric/in-process/index.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import type { Store } from '../../store/index.ts'
import type { DeviceCertificate } from './certificate.ts'
import { findCertificate } from './store.ts'

export interface KnownCertificatesDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
}

type FindCertificate = (
  accountId: string,
  certificateId: string,
) => MaybePromise<DeviceCertificate | undefined>

export interface KnownCertificates {
  find: FindCertificate
  /**
   * To be called before a certificate is registered; what it returns remembers the certificate once that is done, so that
   * its device is known when it comes back. It does not if something changed meanwhile.
   */
  expect: () => (certificate: DeviceCertificate) => void
}

/** A fleet that comes back after an outage; each is some 2 KB. */
const maxKept = 10_000

/**
 * Finds certificates as `findCertificate` does; those that are ACTIVE are remembered, since their devices come back.
 * When the announcement of a change resolves, nothing older than the change is remembered.
 */
export function rememberCertificates({ store, fabric }: KnownCertificatesDeps): KnownCertificates {
  const active = new RecentMap<DeviceCertificate>(maxKept)
  let changes = 0
  fabric.onChange(({ kind, accountId, id }) => {
    if (kind !== 'certificate') return
    changes++
    active.delete(`${accountId}/${id}`)
  })

  function expect(): (certificate: DeviceCertificate) => void {
    const before = changes
    return (certificate) => {
      // what was read or written while something changed may be of before
      if (certificate.status !== 'ACTIVE' || changes !== before) return
      active.set(`${certificate.accountId}/${certificate.certificateId}`, certificate)
    }
  }

  async function read(accountId: string, certificateId: string) {
    const remember = expect()
    const found = await findCertificate(store.read, accountId, certificateId)
    if (found) remember(found)
    return found
  }

  const find: FindCertificate = (accountId, certificateId) =>
    active.get(`${accountId}/${certificateId}`) ?? read(accountId, certificateId)
  return { find, expect }
}

/** Deletes certificates that no device was provisioned with in time. */
import { commitChanges, type Fabric } from '../../fabric/in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import type { RecordEntry } from '../../observability/journal/index.ts'
import {
  deleteCertificate,
  findCertificate,
  listEndedClaims,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { deleteOwnership, listExpired, type Ownership } from './store.ts'

export interface ExpiryDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  record: RecordEntry
  now: () => Date
  log: Pick<Log, 'error'>
  /** Whether somebody has given the certificate a policy or a thing by hand: then it is theirs. */
  isAttached: (db: Db, accountId: string, certificateArn: string) => Promise<boolean>
  /** Takes policies and things away from it. */
  detachAll: (db: Db, accountId: string, certificateArn: string) => Promise<void>
}

/** Deleted in one transaction: others wait behind it. */
const batch = 100

const changesOf = (deleted: readonly Pick<Ownership, 'accountId' | 'certificateId'>[]) =>
  deleted.map(({ accountId, certificateId: id }) => ({ accountId, kind: 'certificate' as const, id }))

/** Forgets what has expired, and whatever certificate came of it that nobody has decided about. */
export async function sweepExpired(deps: ExpiryDeps): Promise<void> {
  const { store, fabric, now } = deps
  for (;;) {
    const at = now()
    const expired = await listExpired(store.read, at, batch)
    if (expired.length === 0) return
    const deleted = await commitChanges({ store, fabric }, changesOf, async (db: Db) => {
      const certificates: Ownership[] = []
      for (const ownership of expired) {
        await deleteOwnership(db, ownership)
        if (await deleteUnprovisioned(deps, db, ownership)) certificates.push(ownership)
      }
      return certificates
    })
    for (const { accountId, certificateId } of deleted)
      deps.record({ accountId, code: 'claim-certificate-expired', at, certificateId })
    if (expired.length < batch) return
  }
}

/** Deletes claims that have ended; it ends connections that are still open. What was attached to them goes with them. */
export async function sweepEndedClaims({ store, fabric, now, detachAll }: ExpiryDeps): Promise<void> {
  for (;;) {
    const at = now()
    if ((await listEndedClaims(store.read, at, 1)).length === 0) return
    const deleted = await commitChanges({ store, fabric }, changesOf, async (db: Db) => {
      const ended: DeviceCertificate[] = await listEndedClaims(db, at, batch)
      for (const claim of ended) {
        await detachAll(db, claim.accountId, claim.certificateArn)
        await deleteCertificate(db, claim)
      }
      return ended
    })
    if (deleted.length < batch) return
  }
}

async function deleteUnprovisioned(
  { isAttached }: ExpiryDeps,
  db: Db,
  { accountId, certificateId, usedAt }: Ownership,
): Promise<boolean> {
  if (usedAt) return false
  const certificate = await findCertificate(db, accountId, certificateId)
  if (certificate?.status !== 'PENDING_ACTIVATION') return false
  if (await isAttached(db, accountId, certificate.certificateArn)) return false
  await deleteCertificate(db, certificate)
  return true
}

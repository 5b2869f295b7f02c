/** Certificates whose place another has taken end after a while. */
import { commitChanges, type Fabric } from '../../fabric/in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import { sweepEachMinute } from '../../lib/sweep.ts'
import type { RecordEntry } from '../../observability/journal/index.ts'
import { listRetiring, retireCertificate } from '../../pki/certificates/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { detachAll } from './attachments.ts'

export interface RetirementDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  record: RecordEntry
  now: () => Date
}

/** Retired in one transaction: others wait behind it. */
const batch = 50

const changesOf = (retired: readonly { accountId: string; certificateId: string }[]) =>
  retired.map(({ accountId, certificateId: id }) => ({ accountId, kind: 'certificate' as const, id }))

/** Retires all whose time is up; connections that they have are ended. */
export async function retireReplaced({ store, fabric, record, now }: RetirementDeps): Promise<void> {
  for (;;) {
    const at = now()
    if ((await listRetiring(store.read, at, 1)).length === 0) return // mostly: and nobody waits behind it
    const retired = await commitChanges({ store, fabric }, changesOf, async (db: Db) => {
      const due = await listRetiring(db, at, batch)
      for (const certificate of due) {
        await retireCertificate(db, certificate, at)
        await detachAll(db, certificate.accountId, certificate.certificateArn)
      }
      return due
    })
    for (const { accountId, certificateId, replacedBy = '' } of retired)
      record({ accountId, code: 'certificate-retired', at, certificateId, details: { replacedBy } })
    if (retired.length < batch) return
  }
}

/** Now and each minute, until it is disposed of. */
export function startRetirement(deps: RetirementDeps & { log: Pick<Log, 'error'> }): Disposable {
  return sweepEachMinute(
    () => retireReplaced(deps),
    (error) => deps.log.error({ err: error }, 'certificates that were replaced could not be retired'),
  )
}

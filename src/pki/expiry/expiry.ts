/** Tells that CA and device certificates are about to expire: in the journal, and by events for rules and clients. */
import { despiteNoRoom, type Fabric } from '../../fabric/in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import { sweepEachMinute } from '../../lib/sweep.ts'
import { inPieces } from '../../lib/turn-of-others.ts'
import type { JournalEntry, RecordEntry } from '../../observability/journal/index.ts'
import { allThingsOfPrincipal } from '../../registry/things/index.ts'
import type { Db, Store } from '../../store/index.ts'
import {
  dueNotice,
  endingCas,
  endingCertificates,
  takeEnding,
  type CaCertificate,
  type DeviceCertificate,
  type EndingKind,
  type NoticeDays,
} from '../certificates/index.ts'

export interface ExpiryNoticesDeps {
  store: Store
  fabric: Pick<Fabric, 'publish'>
  record: RecordEntry
  now: () => Date
  /** Hears of each notice. */
  onTold?: (kind: 'ca' | 'certificate', days: NoticeDays) => void
}

/** In one transaction: others wait behind it. */
const batch = 100

interface Notice extends Pick<JournalEntry, 'accountId' | 'certificateId' | 'caCertificateId'> {
  code: 'certificate-expiring' | 'ca-expiring'
  days: NoticeDays
  notAfter: Date
  /** Of a device. */
  things: readonly string[]
}

/**
 * Tells of all that are due. That they were told of is on disk before: each notice is given once at most, whatever
 * crashes when.
 */
export async function tellExpiry(deps: ExpiryNoticesDeps): Promise<void> {
  await tellOf(deps, endingCas, async (_db, ca, now) => noticesOfCa(ca, now))
  await tellOf(deps, endingCertificates, noticesOf)
}

async function tellOf<Found extends { accountId: string; certificateId: string; notAfter: Date }>(
  deps: ExpiryNoticesDeps,
  kind: EndingKind<Found>,
  describe: (db: Db, found: Found, now: Date) => Promise<Notice[]>,
): Promise<void> {
  for (;;) {
    const now = deps.now()
    if ((await kind.list(deps.store.read, now, 1)).length === 0) return // mostly: and nobody waits behind it
    const notices = await deps.store.transact(async (db) => {
      const told: Notice[] = []
      for (const found of await takeEnding(db, kind, { now, limit: batch }))
        told.push(...(await describe(db, found, now)))
      return told
    })
    const pause = inPieces()
    for (const notice of notices) {
      await tell(deps, notice, now)
      await pause()
    }
  }
}

/** Now and each minute, until it is disposed of. */
export function startExpiryNotices(deps: ExpiryNoticesDeps & { log: Pick<Log, 'error'> }): Disposable {
  return sweepEachMinute(
    () => tellExpiry(deps),
    (error) => deps.log.error({ err: error }, 'it could not be told which certificates are about to expire'),
  )
}

/** Nobody waits for what lets nobody in. */
function noticesOfCa({ accountId, certificateId, status, notAfter }: CaCertificate, now: Date): Notice[] {
  const days = status === 'ACTIVE' ? dueNotice(notAfter, now) : undefined
  if (days === undefined) return []
  return [{ accountId, caCertificateId: certificateId, code: 'ca-expiring', days, notAfter, things: [] }]
}

async function noticesOf(db: Db, certificate: DeviceCertificate, now: Date): Promise<Notice[]> {
  const { accountId, certificateId, certificateArn, caCertificateId, status, notAfter, replacedBy } =
    certificate
  const days = status === 'ACTIVE' && replacedBy === undefined ? dueNotice(notAfter, now) : undefined
  if (days === undefined) return []
  const things = (await allThingsOfPrincipal(db, accountId, certificateArn)).map(({ thingName }) => thingName)
  const about = { accountId, certificateId, ...(caCertificateId !== undefined && { caCertificateId }) }
  return [{ ...about, code: 'certificate-expiring', days, notAfter, things }]
}

async function tell(deps: ExpiryNoticesDeps, notice: Notice, now: Date): Promise<void> {
  const { fabric, record, onTold } = deps
  const { code, days, notAfter, things, ...about } = notice
  const { accountId, certificateId, caCertificateId = '' } = about
  const [thingName] = things
  const details = { days, notAfter: notAfter.toISOString() }
  onTold?.(certificateId === undefined ? 'ca' : 'certificate', days)
  record({ ...about, code, at: now, ...(thingName !== undefined && { thingName }), details })
  const event = {
    awsAccountId: accountId,
    timestamp: now.getTime(),
    ...(certificateId !== undefined && { certificateId, things }),
    ...(caCertificateId !== '' && { caCertificateId }),
    days,
    notAfter: notAfter.getTime(),
  }
  const published = fabric.publish({
    accountId,
    topic:
      certificateId === undefined
        ? `$aws/events/cacertificates/expiring/${caCertificateId}`
        : `$aws/events/certificates/expiring/${certificateId}`,
    payload: Buffer.from(JSON.stringify(event)),
    qos: 1,
    retain: false,
  })
  await despiteNoRoom(published)
}

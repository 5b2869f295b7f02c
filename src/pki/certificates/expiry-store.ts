/** Certificates and CAs whose end is to be told of, found by when. */
import type { Db } from '../../store/index.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { fromRow as caFromRow, selectAllCas } from './ca-store.ts'
import type { DeviceCertificate } from './certificate.ts'
import { nextNotice } from './expiry-notices.ts'
import { fromRow } from './store.ts'

/** What is told of when it is about to end. */
interface Ending {
  accountId: string
  certificateId: string
  notAfter: Date
}

/** How one kind of them is found, and noted in the transaction that tells. */
export interface EndingKind<Found extends Ending> {
  /** Of all accounts those that are due, the longest due first. */
  list: (db: Db, now: Date, limit: number) => Promise<Found[]>
  table: 'certificates' | 'ca_certificates'
}

export const endingCertificates: EndingKind<DeviceCertificate> = {
  table: 'certificates',
  async list(db, now, limit) {
    const rows = await db
      .selectFrom('certificates')
      .selectAll()
      .where('expiry_notice_at', '<=', now.getTime())
      .orderBy('expiry_notice_at')
      .limit(limit)
      .execute()
    return rows.map(fromRow)
  },
}

export const endingCas: EndingKind<CaCertificate> = {
  table: 'ca_certificates',
  async list(db, now, limit) {
    const rows = await selectAllCas(db)
      .where('expiry_notice_at', '<=', now.getTime())
      .orderBy('expiry_notice_at')
      .limit(limit)
      .execute()
    return rows.map(caFromRow)
  },
}

/** Those that are due, noted as told of. */
export async function takeEnding<Found extends Ending>(
  db: Db,
  { list, table }: EndingKind<Found>,
  { now, limit }: { now: Date; limit: number },
): Promise<Found[]> {
  const due = await list(db, now, limit)
  for (const { accountId, certificateId, notAfter } of due)
    await db
      .updateTable(table)
      .set({ expiry_notice_at: nextNotice(notAfter, now) })
      .where('account_id', '=', accountId)
      .where('certificate_id', '=', certificateId)
      .execute()
  return due
}

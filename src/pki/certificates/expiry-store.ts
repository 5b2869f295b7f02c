/** Certificates and CAs whose end is to be told of, found by when. */
import { sql, type SqlBool } from 'kysely'
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

/** When a registered CA that lets devices in ends. */
export interface CaEnd {
  accountId: string
  certificateId: string
  notAfter: Date
}

export interface CaEndsPage {
  ends: CaEnd[]
  /** Where the next page begins; absent on the last. */
  next?: Pick<CaEnd, 'accountId' | 'certificateId'>
}

/** Of all accounts the CAs that are ACTIVE, by their ids, a page of `limit` at a time, those that are not counted in. */
export async function listCaEnds(db: Db, after: CaEndsPage['next'], limit: number): Promise<CaEndsPage> {
  const { accountId = '', certificateId = '' } = after ?? {}
  const rows = await db
    .selectFrom('ca_certificates')
    .select(['account_id', 'certificate_id', 'status', 'not_after'])
    .where(sql<SqlBool>`(account_id, certificate_id) > (${accountId}, ${certificateId})`)
    .orderBy('account_id')
    .orderBy('certificate_id')
    .limit(limit)
    .execute()
  const all = rows.map((row) => ({
    accountId: row.account_id,
    certificateId: row.certificate_id,
    isActive: row.status === 'ACTIVE',
    notAfter: new Date(Number(row.not_after)),
  }))
  const last = all.length === limit ? all.at(-1) : undefined
  return { ends: all.filter(({ isActive }) => isActive), ...(last && { next: last }) }
}

/** Certificates and CAs whose end is to be told of, found by when. */
import type { Db } from '../../store/index.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { fromRow as caFromRow, selectAllCas } from './ca-store.ts'
import type { DeviceCertificate } from './certificate.ts'
import { nextNotice } from './expiry-notices.ts'
import { fromRow } from './store.ts'

type Kind = 'certificates' | 'ca_certificates'

/** Of all accounts, the longest due first; in the transaction that notes that they were told of. */
export async function takeExpiringCertificates(
  db: Db,
  now: Date,
  limit: number,
): Promise<DeviceCertificate[]> {
  const rows = await db
    .selectFrom('certificates')
    .selectAll()
    .where('expiry_notice_at', '<=', now.getTime())
    .orderBy('expiry_notice_at')
    .limit(limit)
    .execute()
  const due = rows.map(fromRow)
  for (const one of due) await noteTold(db, 'certificates', one, now)
  return due
}

/** The same of CA certificates. */
export async function takeExpiringCas(db: Db, now: Date, limit: number): Promise<CaCertificate[]> {
  const rows = await selectAllCas(db)
    .where('expiry_notice_at', '<=', now.getTime())
    .orderBy('expiry_notice_at')
    .limit(limit)
    .execute()
  const due = rows.map(caFromRow)
  for (const one of due) await noteTold(db, 'ca_certificates', one, now)
  return due
}

async function noteTold(
  db: Db,
  kind: Kind,
  { accountId, certificateId, notAfter }: Pick<CaCertificate, 'accountId' | 'certificateId' | 'notAfter'>,
  now: Date,
): Promise<void> {
  await db
    .updateTable(kind)
    .set({ expiry_notice_at: nextNotice(notAfter, now) })
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .execute()
}

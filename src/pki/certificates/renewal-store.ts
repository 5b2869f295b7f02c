/** Certificates that take the place of others. */
import type { Selectable } from 'kysely'
import { identityKeysOf } from '../../lib/identity-keys.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import type { Db, Tables } from '../../store/index.ts'
import { countDevice } from './ca-devices-store.ts'
import type { DeviceCertificate } from './certificate.ts'
import { nameColumns } from './find-store.ts'
import { activateCertificate } from './status-store.ts'
import { fromRow } from './store.ts'

/** The certificate with the same public key that was registered last. */
export async function findLatestOfKey(
  db: Db,
  accountId: string,
  certificate: ParsedCertificate,
): Promise<DeviceCertificate | undefined> {
  const { publicKeySha256 } = identityKeysOf(certificate)
  if (publicKeySha256 === undefined) return undefined
  const row = await db
    .selectFrom('certificates')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('public_key_sha256', '=', publicKeySha256)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The certificate of those CAs with the same common name that was registered last. */
export async function findLatestOfName(
  db: Db,
  { accountId, caCertificateIds }: { accountId: string; caCertificateIds: readonly string[] },
  certificate: ParsedCertificate,
): Promise<DeviceCertificate | undefined> {
  const { commonNameSha256 } = identityKeysOf(certificate)
  const { common_name: commonName } = nameColumns(certificate)
  if (commonNameSha256 === undefined || commonName === null) return undefined
  let latest: Selectable<Tables['certificates']> | undefined
  for (const caCertificateId of caCertificateIds) {
    const row = await db
      .selectFrom('certificates')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('common_name', '=', commonName)
      .where('ca_certificate_id', '=', caCertificateId)
      .where('common_name_sha256', '=', commonNameSha256) // as it is written, and all of it
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (row && (!latest || row.created_at > latest.created_at)) latest = row
  }
  return latest && fromRow(latest)
}

/** Notes that another takes its place, which counts as no further device, and when it is to be retired. */
export async function replaceCertificate(
  db: Db,
  { accountId, certificateId, caCertificateId, replacedBy: earlier }: DeviceCertificate,
  { replacedBy, retiresAt }: { replacedBy: string; retiresAt: Date },
): Promise<void> {
  if (earlier === undefined && caCertificateId !== undefined)
    await countDevice(db, { accountId, caCertificateId }, -1)
  await db
    .updateTable('certificates')
    .set({ replaced_by: replacedBy, retires_at: retiresAt.getTime() })
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .execute()
}

/** Of all accounts those whose time is up, the oldest first. */
export async function listRetiring(db: Db, now: Date, limit: number): Promise<DeviceCertificate[]> {
  const rows = await db
    .selectFrom('certificates')
    .selectAll()
    .where('retires_at', '<=', now.getTime())
    .orderBy('retires_at')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** INACTIVE where it was ACTIVE; whatever else somebody made of it stays. */
export async function retireCertificate(db: Db, certificate: DeviceCertificate, now: Date): Promise<void> {
  const { accountId, certificateId, status } = certificate
  if (status === 'ACTIVE')
    await activateCertificate(db, { accountId, certificateId, status: 'INACTIVE', now })
  await db
    .updateTable('certificates')
    .set({ retires_at: null })
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .execute()
}

import type { CertificateMode } from '@aws-sdk/client-iot'
import type { Db } from '../../store/index.ts'

/** In which of these accounts the certificate is registered, and in which mode. */
export async function findRegistrations(
  db: Db,
  accountIds: readonly string[],
  certificateId: string,
): Promise<ReadonlyMap<string, CertificateMode>> {
  const rows = await db
    .selectFrom('certificates')
    .select(['account_id', 'certificate_mode'])
    .where('account_id', 'in', accountIds)
    .where('certificate_id', '=', certificateId)
    .execute()
  return new Map(rows.map((row) => [row.account_id, row.certificate_mode]))
}

/** AWS: "You can only create one certificate provider per AWS account." */
import type { Db } from '../../store/index.ts'
import type { CertificateProviderRow } from '../../store/tables/certificate-providers.ts'
import type { CertificateProvider } from './certificate-provider.ts'

/** The account's. */
export async function findCertificateProvider(
  db: Db,
  accountId: string,
): Promise<CertificateProvider | undefined> {
  const row = await db
    .selectFrom('certificate_providers')
    .selectAll()
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** It must not have one. */
export async function createCertificateProvider(db: Db, provider: CertificateProvider): Promise<void> {
  await db
    .insertInto('certificate_providers')
    .values({
      account_id: provider.accountId,
      provider_name: provider.certificateProviderName,
      function_arn: provider.lambdaFunctionArn,
      created_at: provider.creationDate.getTime(),
      modified_at: provider.lastModifiedDate.getTime(),
    })
    .execute()
}

export async function saveFunction(
  db: Db,
  { accountId, lambdaFunctionArn, lastModifiedDate }: CertificateProvider,
): Promise<void> {
  await db
    .updateTable('certificate_providers')
    .set({ function_arn: lambdaFunctionArn, modified_at: lastModifiedDate.getTime() })
    .where('account_id', '=', accountId)
    .execute()
}

export async function deleteCertificateProvider(db: Db, accountId: string): Promise<void> {
  await db.deleteFrom('certificate_providers').where('account_id', '=', accountId).execute()
}

const fromRow = (row: CertificateProviderRow): CertificateProvider => ({
  accountId: row.account_id,
  certificateProviderName: row.provider_name,
  lambdaFunctionArn: row.function_arn,
  creationDate: new Date(row.created_at),
  lastModifiedDate: new Date(row.modified_at),
})

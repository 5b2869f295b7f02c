import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Certificates that CreateProvisioningClaim gives out are the template's, and are found by their end. They are never
 * listed, so the index that certificates are listed by is without them.
 */
export const provisioningClaims: Migration = {
  async up(db) {
    await db.schema.alterTable('certificates').addColumn('claim_template', 'text').execute()
    await db.schema
      .createIndex('certificates_claims_by_expiry')
      .on('certificates')
      .columns(['not_after'])
      .where(sql<boolean>`claim_template is not null`)
      .execute()
    await db.schema.dropIndex('certificates_by_age').execute()
    await db.schema
      .createIndex('certificates_by_age')
      .on('certificates')
      .columns(['account_id', 'created_at', 'certificate_id'])
      .where(sql<boolean>`claim_template is null`)
      .execute()
  },
}

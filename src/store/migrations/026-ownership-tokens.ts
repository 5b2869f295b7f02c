import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

/** Of certificates that devices asked for over MQTT, and how often each claim was used. */
export const ownershipTokens: Migration = {
  async up(db) {
    await db.schema
      .createTable('ownership_tokens')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('token_sha256', 'text', (column) => column.notNull())
      .addColumn('certificate_id', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('used_at', 'bigint')
      .addPrimaryKeyConstraint('ownership_tokens_key', ['account_id', 'token_sha256'])
      .execute()
    await db.schema
      .createIndex('ownership_tokens_by_expiry')
      .on('ownership_tokens')
      .columns(['expires_at'])
      .execute()
    await createKeyedTable(db, 'claim_uses')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('certificate_id', 'text', (column) => column.notNull())
      .addColumn('uses', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('claim_uses_key', ['account_id', 'certificate_id'])
      .execute()
  },
}

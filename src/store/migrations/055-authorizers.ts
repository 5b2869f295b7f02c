import type { Migration } from 'kysely/migration'

/** Custom authorizers, and which one of them is the account's default. */
export const authorizers: Migration = {
  async up(db) {
    await db.schema
      .createTable('authorizers')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('authorizer_name', 'text', (column) => column.notNull())
      .addColumn('function_arn', 'text', (column) => column.notNull())
      .addColumn('token_key_name', 'text')
      .addColumn('token_signing_public_keys', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('signing_disabled', 'integer', (column) => column.notNull())
      .addColumn('caching_for_http', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('authorizers_key', ['account_id', 'authorizer_name'])
      .execute()
    await db.schema
      .createTable('default_authorizers')
      .addColumn('account_id', 'text', (column) => column.primaryKey())
      .addColumn('authorizer_name', 'text', (column) => column.notNull())
      .execute()
  },
}

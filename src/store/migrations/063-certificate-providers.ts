import type { Migration } from 'kysely/migration'

export const certificateProviders: Migration = {
  async up(db) {
    await db.schema
      .createTable('certificate_providers')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('provider_name', 'text', (column) => column.notNull())
      .addColumn('function_arn', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('certificate_providers_key', ['account_id']) // AWS allows one an account
      .execute()
  },
}

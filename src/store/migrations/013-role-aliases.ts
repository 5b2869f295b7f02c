import type { Migration } from 'kysely/migration'

export const roleAliases: Migration = {
  async up(db) {
    await db.schema
      .createTable('role_aliases')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('role_alias', 'text', (column) => column.notNull())
      .addColumn('role_arn', 'text', (column) => column.notNull())
      .addColumn('credential_duration_seconds', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('role_aliases_key', ['account_id', 'role_alias'])
      .execute()
    // what a credential of a role alias tells policies about its device
    await db.schema.alterTable('iam_sessions').addColumn('session_context', 'text').execute()
  },
}

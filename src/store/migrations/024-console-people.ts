import type { Migration } from 'kysely/migration'

/** Sessions of people who signed in with a password. Those who are signed in sign in once more. */
export const consolePeople: Migration = {
  async up(db) {
    await db.schema.dropTable('console_sessions').execute()
    await db.schema
      .createTable('console_sessions')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('token_sha256', 'text', (column) => column.notNull().unique())
      .addColumn('session_id', 'text', (column) => column.notNull())
      .addColumn('access_key_id', 'text')
      .addColumn('user_id', 'text')
      .addColumn('password_changed_at', 'bigint')
      .addColumn('mfa_at', 'bigint')
      .addColumn('source_ip', 'text', (column) => column.notNull())
      .addColumn('user_agent', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('used_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('console_sessions_key', ['account_id', 'session_id'])
      .execute()
    await db.schema
      .createIndex('console_sessions_by_expiry')
      .on('console_sessions')
      .columns(['expires_at'])
      .execute()
  },
}

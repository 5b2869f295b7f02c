import type { Migration } from 'kysely/migration'

export const consoleSessions: Migration = {
  async up(db) {
    await db.schema
      .createTable('console_sessions')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('token_sha256', 'text', (column) => column.notNull().unique())
      .addColumn('session_id', 'text', (column) => column.notNull())
      .addColumn('access_key_id', 'text', (column) => column.notNull())
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
    // proofs that have been used, and links that have been given out: each opens one session
    await db.schema
      .createTable('console_passes')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('pass_sha256', 'text', (column) => column.notNull())
      .addColumn('access_key_id', 'text', (column) => column.notNull())
      .addColumn('is_spent', 'integer', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('console_passes_key', ['pass_sha256'])
      .execute()
    await db.schema
      .createIndex('console_passes_by_expiry')
      .on('console_passes')
      .columns(['expires_at'])
      .execute()
  },
}

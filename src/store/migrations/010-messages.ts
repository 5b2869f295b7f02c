import type { Migration } from 'kysely/migration'

export const messages: Migration = {
  async up(db) {
    await db.schema
      .createTable('retained_messages')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('topic', 'text', (column) => column.notNull())
      .addColumn('payload', 'bytea', (column) => column.notNull())
      .addColumn('qos', 'integer', (column) => column.notNull())
      .addColumn('properties', 'text')
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addPrimaryKeyConstraint('retained_messages_key', ['account_id', 'topic'])
      .execute()
  },
}

import type { Migration } from 'kysely/migration'

/** Shared subscriptions whose members are at several nodes of a cluster. */
export const groupsOfNodes: Migration = {
  async up(db) {
    await db.schema.alterTable('message_log').addColumn('shares', 'text').execute()
    await db.schema
      .createTable('group_messages')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('node_name', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('payload', 'bytea', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addPrimaryKeyConstraint('group_messages_key', ['account_id', 'name', 'seq'])
      .execute()
    await db.schema
      .createIndex('group_messages_by_node')
      .on('group_messages')
      .columns(['node_name', 'account_id', 'name', 'seq'])
      .execute()
    await db.schema
      .createTable('group_queues')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('waiting', 'bigint', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('group_queues_key', ['account_id', 'name'])
      .execute()
  },
}

import { SqliteAdapter, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Whose each session is where several nodes serve one database, and the messages that all of them are to have. */
export const sessionsOfNodes: Migration = {
  async up(db) {
    const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
    await addOwners(db)
    const numbered = (table: string, column: string) =>
      db.schema.createTable(table).addColumn(column, isSqlite ? 'integer' : 'bigserial', (number) => {
        const key = number.primaryKey()
        return isSqlite ? key.autoIncrement() : key
      })
    await numbered('message_log', 'seq')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('payload', 'bytea', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('log_positions')
      .addColumn('node_name', 'text', (column) => column.primaryKey())
      .addColumn('log_seq', 'bigint', (column) => column.notNull())
      .execute()
    await numbered('session_blocks', 'block')
      .addColumn('node_name', 'text', (column) => column.notNull())
      .execute()
  },
}

async function addOwners(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('sessions')
    .addColumn('owner_node', 'text', (column) => column.notNull().defaultTo(''))
    .execute()
  await db.schema
    .alterTable('sessions')
    .addColumn('epoch', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('sessions').addColumn('log_seq', 'bigint').execute()
  await db.schema
    .createIndex('sessions_by_owner')
    .on('sessions')
    .columns(['owner_node', 'account_id', 'session_id'])
    .execute()
  await db.schema
    .createIndex('sessions_by_log_seq')
    .on('sessions')
    .column('log_seq')
    .where('log_seq', 'is not', null)
    .execute()
  await db.schema
    .createIndex('session_subscriptions_by_filter')
    .on('session_subscriptions')
    .columns(['filter', 'account_id'])
    .execute()
}

import { SqliteAdapter } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Which events an account wants published, and those that are not published yet. */
export const eventConfigurations: Migration = {
  async up(db) {
    const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
    await db.schema
      .createTable('event_configurations')
      .addColumn('account_id', 'text', (column) => column.primaryKey())
      .addColumn('enabled', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('registry_events')
      .addColumn('seq', isSqlite ? 'integer' : 'bigserial', (column) =>
        isSqlite ? column.primaryKey().autoIncrement() : column.primaryKey(),
      )
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('topic', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      // whose it is to publish; one server alone has no name
      .addColumn('node_name', 'text', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('registry_events_by_node')
      .on('registry_events')
      .columns(['node_name', 'seq'])
      .execute()
  },
}

import { SqliteAdapter } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Who serves a database together, what they tell each other of changes, and what all of them must have. */
export const cluster: Migration = {
  async up(db) {
    const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
    await db.schema
      .createTable('nodes')
      .addColumn('node_name', 'text', (column) => column.primaryKey())
      .addColumn('epoch', 'bigint', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('lease_until', 'bigint', (column) => column.notNull())
      .addColumn('taken_seq', 'bigint', (column) => column.notNull())
      .addColumn('connections', 'bigint', (column) => column.notNull())
      .addColumn('joined_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('changes')
      .addColumn('seq', isSqlite ? 'integer' : 'bigserial', (column) =>
        isSqlite ? column.primaryKey().autoIncrement() : column.primaryKey(),
      )
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('node_name', 'text', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('changes_by_time').on('changes').columns(['changed_at']).execute()
    await db.schema
      .createTable('cluster_files')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('function_packages')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('code_id', 'text', (column) => column.notNull())
      .addColumn('archive', 'bytea', (column) => column.notNull())
      .addPrimaryKeyConstraint('function_packages_key', ['account_id', 'code_id'])
      .execute()
    // whose it is to run; one server alone has no name
    await db.schema
      .alterTable('function_events')
      .addColumn('node_name', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
    await db.schema
      .createIndex('function_events_by_node')
      .on('function_events')
      .columns(['node_name', 'due_at', 'event_id'])
      .execute()
  },
}

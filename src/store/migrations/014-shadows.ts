import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

export const shadows: Migration = {
  async up(db) {
    await db.schema
      .createTable('shadows')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('thing_name', 'text', (column) => column.notNull())
      .addColumn('shadow_name', 'text', (column) => column.notNull())
      .addColumn('version', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('metadata', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('shadows_key', ['account_id', 'thing_name', 'shadow_name'])
      .execute()
    await createKeyedTable(db, 'deleted_shadows')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('thing_name', 'text', (column) => column.notNull())
      .addColumn('shadow_name', 'text', (column) => column.notNull())
      .addColumn('version', 'bigint', (column) => column.notNull())
      .addColumn('deleted_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('deleted_shadows_key', ['account_id', 'thing_name', 'shadow_name'])
      .execute()
    await db.schema
      .createIndex('deleted_shadows_by_time')
      .on('deleted_shadows')
      .column('deleted_at')
      .execute()
  },
}

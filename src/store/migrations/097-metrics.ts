import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

export const metrics: Migration = {
  async up(db) {
    await createKeyedTable(db, 'metric_hours')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('metric', 'text', (column) => column.notNull())
      .addColumn('hour', 'bigint', (column) => column.notNull())
      .addColumn('writer', 'text', (column) => column.notNull())
      .addColumn('counts', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('metric_hours_key', ['account_id', 'metric', 'hour', 'writer'])
      .execute()
    await db.schema.createIndex('metric_hours_by_hour').on('metric_hours').columns(['hour']).execute()
    await createKeyedTable(db, 'metrics')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('metric', 'text', (column) => column.notNull())
      .addColumn('last_hour', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('metrics_key', ['account_id', 'metric'])
      .execute()
    await db.schema.createIndex('metrics_by_last_hour').on('metrics').columns(['last_hour']).execute()
  },
}

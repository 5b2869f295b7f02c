import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

/** The accounts of the server, and a way to a domain whosever it is: no two accounts may have the same. */
export const accounts: Migration = {
  async up(db) {
    await createKeyedTable(db, 'accounts')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('email', 'text', (column) => column.notNull())
      .addColumn('endpoint_prefix', 'text', (column) => column.notNull())
      .addColumn('request_id', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('closed_at', 'bigint')
      .addPrimaryKeyConstraint('accounts_key', ['account_id'])
      .execute()
    for (const column of ['email', 'endpoint_prefix', 'request_id'])
      await db.schema.createIndex(`accounts_by_${column}`).unique().on('accounts').column(column).execute()
    await db.schema
      .createIndex('domain_configurations_by_name')
      .on('domain_configurations')
      .column('domain_name')
      .execute()
  },
}

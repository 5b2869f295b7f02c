import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

/** The record of API calls: chains of entries in blocks, and where in them a caller, an operation, or a resource is named. */
export const audit: Migration = {
  async up(db) {
    await createKeyedTable(db, 'audit_chains')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('chain', 'text', (column) => column.notNull())
      .addColumn('anchor_seq', 'bigint', (column) => column.notNull())
      .addColumn('anchor', 'text', (column) => column.notNull())
      .addColumn('next_seq', 'bigint', (column) => column.notNull())
      .addColumn('head', 'text', (column) => column.notNull())
      .addColumn('packed_seq', 'bigint', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('taken', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_chains_key', ['account_id', 'chain'])
      .execute()
    await db.schema
      .createTable('audit_blocks')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('chain', 'text', (column) => column.notNull())
      .addColumn('first_seq', 'bigint', (column) => column.notNull())
      .addColumn('entries', 'bigint', (column) => column.notNull())
      .addColumn('newest_at', 'bigint', (column) => column.notNull())
      .addColumn('hashes', 'bytea', (column) => column.notNull())
      .addColumn('lines', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_blocks_key', ['account_id', 'chain', 'first_seq'])
      .execute()
    await db.schema
      .createIndex('audit_blocks_by_time')
      .on('audit_blocks')
      .columns(['account_id', 'chain', 'newest_at', 'first_seq'])
      .execute()
    await createKeyedTable(db, 'audit_keys')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'bigint', (column) => column.notNull())
      .addColumn('chain', 'text', (column) => column.notNull())
      .addColumn('first_seq', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_keys_key', ['account_id', 'fingerprint', 'chain', 'first_seq'])
      .execute()
  },
}

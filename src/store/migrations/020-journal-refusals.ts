import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

/** Refusals from now on; those in the journal already are found by the names of their devices, as before. */
export const journalRefusals: Migration = {
  async up(db) {
    await createKeyedTable(db, 'journal_refusals')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('entry_id', 'bigint', (column) => column.notNull())
      .addColumn('source_ip', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_refusals_key', ['account_id', 'entry_id'])
      .execute()
    await db.schema
      .createIndex('journal_refusals_by_address')
      .on('journal_refusals')
      .columns(['account_id', 'source_ip', 'entry_id'])
      .execute()
  },
}

import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

/** Entries of before are indexed as new ones come. */
export const journalSubjects: Migration = {
  async up(db) {
    await createKeyedTable(db, 'journal_subjects')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('span', 'integer', (column) => column.notNull())
      .addColumn('bucket', 'integer', (column) => column.notNull())
      .addColumn('first_entry_id', 'bigint', (column) => column.notNull())
      .addColumn('mentions', 'bytea', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_subjects_key', ['account_id', 'span', 'bucket', 'first_entry_id'])
      .execute()
    await createKeyedTable(db, 'journal_indexed')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('first_entry_id', 'bigint', (column) => column.notNull())
      .addColumn('next_entry_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_indexed_key', ['account_id'])
      .execute()
  },
}

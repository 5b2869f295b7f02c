import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

export const journal: Migration = {
  async up(db) {
    await createKeyedTable(db, 'journal')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('entry_id', 'bigint', (column) => column.notNull())
      .addColumn('code', 'text', (column) => column.notNull())
      .addColumn('certificate_id', 'text')
      .addColumn('ca_certificate_id', 'text')
      .addColumn('client_id', 'text')
      .addColumn('thing_name', 'text')
      .addColumn('source_ip', 'text')
      .addColumn('details', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_key', ['account_id', 'entry_id'])
      .execute()
    for (const subject of ['certificate_id', 'client_id', 'thing_name'] as const) {
      await db.schema
        .createIndex(`journal_by_${subject}`)
        .on('journal')
        .columns(['account_id', subject, 'entry_id'])
        .where(subject, 'is not', null)
        .execute()
    }
  },
}

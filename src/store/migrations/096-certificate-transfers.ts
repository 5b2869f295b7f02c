import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

const inTransfer = sql<boolean>`transferred_to is not null`

/** Certificates on their way to another account, and those that an account has given away. */
export const certificateTransfers: Migration = {
  async up(db: Kysely<unknown>) {
    for (const column of ['transferred_to', 'previous_owned_by', 'transfer_data'])
      await db.schema.alterTable('certificates').addColumn(column, 'text').execute()
    for (const [name, account] of [
      ['certificates_outgoing', 'account_id'],
      ['certificates_incoming', 'transferred_to'],
    ] as const)
      await db.schema
        .createIndex(name)
        .on('certificates')
        .columns([account, 'created_at', 'certificate_id'])
        .where(inTransfer)
        .execute()
    await db.schema
      .createIndex('certificates_incoming_by_id')
      .unique()
      .on('certificates')
      .columns(['transferred_to', 'certificate_id'])
      .where(inTransfer)
      .execute()
    await createKeyedTable(db, 'certificates_given_away')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('certificate_id', 'text', (column) => column.notNull())
      .addColumn('transferred_to', 'text', (column) => column.notNull())
      .addColumn('accepted_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('certificates_given_away_key', ['account_id', 'certificate_id'])
      .execute()
  },
}

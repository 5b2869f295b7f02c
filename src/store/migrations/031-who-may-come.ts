import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

/** A person's word for a certificate, and how many certificates each CA has: counted once here, then kept. */
export const whoMayCome: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('certificates').addColumn('approved_at', 'bigint').execute()
    await createKeyedTable(db, 'ca_devices')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('ca_certificate_id', 'text', (column) => column.notNull())
      .addColumn('devices', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('ca_devices_key', ['account_id', 'ca_certificate_id'])
      .execute()
    await sql`insert into ca_devices (account_id, ca_certificate_id, devices)
      select account_id, ca_certificate_id, count(*) from certificates
      where ca_certificate_id is not null group by account_id, ca_certificate_id`.execute(db)
  },
}

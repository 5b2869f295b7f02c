import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

const dayMs = 86_400_000

/** When it is to be told next that a certificate is about to expire; what is past already is told by the next notice. */
export const expiryNotices: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['certificates', 'ca_certificates']) {
      await db.schema.alterTable(table).addColumn('expiry_notice_at', 'bigint').execute()
      const now = Date.now()
      for (const days of [7, 30, 60])
        await sql`update ${sql.table(table)} set expiry_notice_at = not_after - ${sql.lit(days * dayMs)}
          where not_after > ${sql.lit(now + days * dayMs)}`.execute(db)
      await db.schema
        .createIndex(`${table}_by_expiry_notice`)
        .on(table)
        .columns(['expiry_notice_at'])
        .where('expiry_notice_at', 'is not', null)
        .execute()
    }
  },
}

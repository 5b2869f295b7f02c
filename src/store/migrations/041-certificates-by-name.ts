import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** One index by common name, for those who search by its beginning and for devices that are known by it again. */
export const certificatesByName: Migration = {
  async up(db: Kysely<unknown>) {
    for (const name of ['certificates_by_name', 'certificates_by_common_name'])
      await db.schema.dropIndex(name).execute()
    await db.schema
      .createIndex('certificates_by_common_name')
      .on('certificates')
      .columns(['account_id', 'common_name', 'ca_certificate_id', 'common_name_sha256', 'created_at'])
      .where(sql<boolean>`common_name is not null`)
      .execute()
  },
}

import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { identityKeysOf } from '../../lib/identity-keys.ts'
import { decodePem } from '../../lib/pem.ts'
import { parseCertificate } from '../../lib/x509.ts'

interface Row {
  account_id: string
  certificate_id: string
  certificate_pem: string
}

const page = 1000

/** By what a device is known again that comes with another certificate, and what is to take the place of what. */
export const identitiesOfDevices: Migration = {
  async up(db: Kysely<unknown>) {
    for (const column of ['public_key_sha256', 'common_name_sha256', 'replaced_by'])
      await db.schema.alterTable('certificates').addColumn(column, 'text').execute()
    await db.schema.alterTable('certificates').addColumn('retires_at', 'bigint').execute()
    await fill(db)
    await index(db, 'certificates_by_key', ['account_id', 'public_key_sha256', 'created_at'])
    const names = ['account_id', 'ca_certificate_id', 'common_name_sha256', 'created_at']
    await index(db, 'certificates_by_name', names)
    await db.schema
      .createIndex('certificates_by_retirement')
      .on('certificates')
      .columns(['retires_at'])
      .where('retires_at', 'is not', null)
      .execute()
  },
}

async function fill(db: Kysely<unknown>): Promise<void> {
  let last = { account_id: '', certificate_id: '' }
  for (;;) {
    const { rows } = await sql<Row>`select account_id, certificate_id, certificate_pem from certificates
      where (account_id, certificate_id) > (${last.account_id}, ${last.certificate_id})
      order by account_id, certificate_id limit ${page}`.execute(db)
    for (const row of rows) {
      const { publicKeySha256, commonNameSha256 } = identityKeysOf(
        parseCertificate(decodePem(row.certificate_pem, 'CERTIFICATE')), // OpenSSL need not read them
      )
      await sql`update certificates
        set public_key_sha256 = ${publicKeySha256 ?? null}, common_name_sha256 = ${commonNameSha256 ?? null}
        where account_id = ${row.account_id} and certificate_id = ${row.certificate_id}`.execute(db)
    }
    const end = rows.at(-1)
    if (!end || rows.length < page) return
    last = end
  }
}

async function index(db: Kysely<unknown>, name: string, columns: string[]): Promise<void> {
  await db.schema.createIndex(name).on('certificates').columns(columns).execute()
}

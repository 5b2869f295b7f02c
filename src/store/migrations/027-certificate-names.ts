import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { namesOf, type CertificateNames } from '../../lib/certificate-names.ts'
import { CertificateError, parseCertificate } from '../../lib/x509.ts'

/** Certificates are found by serial number and CN, and those that wait for a decision are listed. */
export const certificateNames: Migration = {
  async up(db: Kysely<unknown>) {
    for (const name of ['serial_number', 'common_name'])
      await db.schema.alterTable('certificates').addColumn(name, 'text').execute()
    await nameAll(db)
    for (const name of ['serial_number', 'common_name'])
      await db.schema
        .createIndex(`certificates_by_${name}`)
        .on('certificates')
        .columns(['account_id', name, 'certificate_id'])
        .where(sql<boolean>`${sql.ref(name)} is not null`)
        .execute()
    await db.schema
      .createIndex('certificates_waiting')
      .on('certificates')
      .columns(['account_id', 'created_at', 'certificate_id'])
      .where(sql<boolean>`status = 'PENDING_ACTIVATION'`)
      .execute()
  },
}

interface Row {
  account_id: string
  certificate_id: string
  certificate_pem: string
}

const rowsAPage = 500

async function nameAll(db: Kysely<unknown>): Promise<void> {
  let [account, id] = ['', '']
  for (;;) {
    const { rows } = await sql<Row>`select account_id, certificate_id, certificate_pem from certificates
      where (account_id, certificate_id) > (${account}, ${id})
      order by account_id, certificate_id limit ${rowsAPage}`.execute(db)
    for (const row of rows) {
      ;[account, id] = [row.account_id, row.certificate_id]
      const { serialNumber, commonName } = read(row.certificate_pem)
      await sql`update certificates set serial_number = ${serialNumber}, common_name = ${commonName}
        where account_id = ${account} and certificate_id = ${id}`.execute(db)
    }
    if (rows.length < rowsAPage) return
  }
}

/** What cannot be read any more is found by its id. */
function read(pem: string): CertificateNames {
  try {
    return namesOf(parseCertificate(pem))
  } catch (error) {
    if (error instanceof CertificateError) return { serialNumber: null, commonName: null }
    throw error
  }
}

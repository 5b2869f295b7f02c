import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { parseCertificate } from '../../lib/x509.ts'

interface CaRow {
  account_id: string
  certificate_id: string
  certificate_pem: string
  subject_key: string
}

/**
 * The keys of names are made of their text. Names whose text was not read right (UniversalString, a byte order mark)
 * get new keys, by which the issuer of a device's certificate is found.
 */
export const caSubjectKeys: Migration = {
  async up(db: Kysely<unknown>) {
    const { rows } = await sql<CaRow>`
      select account_id, certificate_id, certificate_pem, subject_key from ca_certificates`.execute(db)
    for (const row of rows) {
      const { subjectKey } = parseCertificate(row.certificate_pem)
      if (subjectKey === row.subject_key) continue
      await sql`update ca_certificates set subject_key = ${subjectKey}
        where account_id = ${row.account_id} and certificate_id = ${row.certificate_id}`.execute(db)
    }
  },
}

import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { encodeName, makeCa } from '../../../test/helpers/certificates.ts'
import { nameKey } from '../../lib/distinguished-name.ts'
import { createDb } from '../db.ts'
import { SqliteConnection, sqliteDialect } from '../sqlite-dialect.ts'
import { certificates } from './002-certificates.ts'
import { caSubjectKeys } from './019-ca-subject-keys.ts'

it('gives CAs whose name was read wrongly the key that their devices ask for, and leaves the others alone', async () => {
  using database = new DatabaseSync(':memory:')
  const connection = new SqliteConnection(database, { isForReading: false })
  const db = createDb(() => connection, sqliteDialect)
  await certificates.up(db)
  const keys = { lamps: 'a'.repeat(64), pumps: nameKey(encodeName('CN=Pumps')) }
  for (const [name, key] of Object.entries(keys)) {
    const { certificateId, certificatePem } = makeCa({ subject: `CN=${name}` })
    await sql`insert into ca_certificates (account_id, certificate_id, certificate_arn, certificate_pem, subject_key, status,
      auto_registration_status, certificate_mode, not_before, not_after, created_at, modified_at, customer_version, generation_id)
      values ('000000000001', ${certificateId}, 'arn', ${certificatePem}, ${key}, 'ACTIVE', 'ENABLE', 'DEFAULT', 0, 1, 2, 3, 4, ${name})`.execute(
      db,
    )
  }
  await caSubjectKeys.up(db)
  const rows = await db.selectFrom('ca_certificates').select(['generation_id', 'subject_key']).execute()
  expect(new Map(rows.map((row) => [row.generation_id, row.subject_key]))).toEqual(
    new Map([
      ['lamps', nameKey(encodeName('CN=lamps'))],
      ['pumps', keys.pumps],
    ]),
  )
})

import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { serialKey } from '../../lib/certificate-names.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { createDb } from '../db.ts'
import { SqliteConnection, sqliteDialect } from '../sqlite-dialect.ts'
import { certificates } from './002-certificates.ts'
import { certificateNames } from './027-certificate-names.ts'

it('gives the certificates of before their names, more than a page of them, and none to what cannot be read', async () => {
  using database = new DatabaseSync(':memory:')
  const connection = new SqliteConnection(database, { isForReading: false })
  const db = createDb(() => connection, sqliteDialect)
  await certificates.up(db)
  const { certificatePem: pem } = makeCa().issue({ subject: 'CN=Lamp-1' })
  for (let n = 0; n < 1001; n += 1)
    await sql`insert into certificates (account_id, certificate_id, region, certificate_pem, status, certificate_mode, not_before,
      not_after, created_at, modified_at, customer_version, generation_id) values ('000000000001', ${String(n)}, '',
      ${n === 7 ? 'not a PEM' : pem}, 'ACTIVE', 'DEFAULT', 0, 1, 2, 3, 4, 'a')`.execute(db)
  await certificateNames.up(db)
  const rows = await db
    .selectFrom('certificates')
    .select(['certificate_id', 'serial_number', 'common_name'])
    .execute()
  const serial = serialKey(parseCertificate(pem).serialNumber)
  expect(rows.filter((row) => row.common_name === 'lamp-1' && row.serial_number === serial)).toHaveLength(
    1000,
  )
  expect(rows.find((row) => row.common_name === null)).toMatchObject({
    certificate_id: '7',
    serial_number: null,
  })
})

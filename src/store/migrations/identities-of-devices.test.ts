import { hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { createDb } from '../db.ts'
import { SqliteConnection, sqliteDialect } from '../sqlite-dialect.ts'
import { certificates } from './002-certificates.ts'
import { provisioningClaims } from './030-provisioning-claims.ts'
import { whoMayCome } from './031-who-may-come.ts'
import { identitiesOfDevices } from './032-identities-of-devices.ts'

it('counts the certificates of each CA, and notes the key and the name of each, however many there are', async () => {
  using database = new DatabaseSync(':memory:')
  const connection = new SqliteConnection(database, { isForReading: false })
  const db = createDb(() => connection, sqliteDialect)
  await certificates.up(db)
  const ca = makeCa()
  const device = ca.issue({ subject: 'CN=lamp' })
  const nameless = ca.issue({ subject: 'O=Acme' })
  const of = (number: number) => (number === 0 ? nameless : device).certificatePem
  for (let number = 0; number < 1002; number++) {
    const id = number.toString(16).padStart(64, '0')
    await sql`insert into certificates (account_id, certificate_id, region, certificate_pem, status, ca_certificate_id,
      certificate_mode, not_before, not_after, created_at, modified_at, customer_version, generation_id)
      values ('000000000001', ${id}, 'r', ${of(number)}, 'ACTIVE', ${number === 0 ? null : 'ca'}, 'DEFAULT', 0, 1, 2, 3, 4, '')`.execute(
      db,
    )
  }
  for (const step of [provisioningClaims, whoMayCome, identitiesOfDevices]) await step.up(db)
  const counted = await db.selectFrom('ca_devices').selectAll().execute()
  expect(counted).toEqual([{ account_id: '000000000001', ca_certificate_id: 'ca', devices: 1001 }])
  const rows = await db
    .selectFrom('certificates')
    .select(['public_key_sha256', 'common_name_sha256'])
    .orderBy('certificate_id')
    .execute()
  const keyOf = ({ key }: typeof device) =>
    hash('sha256', key.publicKey.export({ type: 'spki', format: 'der' }), 'hex')
  expect(rows[0]).toEqual({ public_key_sha256: keyOf(nameless), common_name_sha256: null })
  const named = { public_key_sha256: keyOf(device), common_name_sha256: hash('sha256', 'lamp', 'hex') }
  expect(rows.slice(1)).toEqual(Array.from({ length: 1001 }, () => named))
})

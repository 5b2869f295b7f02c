/** Seals what databases of earlier builds keep in clear, before anything else is done. */
import type { DatabaseSync } from 'node:sqlite'
import { appliedNames } from './sqlite-schema.ts'
import { isSealed, keyFile, type SecretBox } from './secret-box.ts'

const tables = ['iam_access_keys', 'iam_sessions'] as const

/** From this step on nothing is in clear, so it is looked for before it, and never again. */
const sealedSince = '022-sealed-secrets'

/**
 * Before the schema is brought up to date: a crash between the two leaves what is sealed again, never what is in clear.
 * @throws {Error} when the database was sealed with another key
 */
export function sealSecrets(database: DatabaseSync, box: SecretBox): void {
  if (appliedNames(database).includes(sealedSince)) return checkSealed(database, box)
  const clear = tables.flatMap((table) => readSecrets(database, table))
  checkKey(
    box,
    clear.find(({ secret }) => isSealed(secret)),
  )
  const open = clear.filter(({ secret }) => !isSealed(secret))
  if (open.length === 0) return
  // what is replaced is overwritten, in the file and in the log
  database.exec('pragma secure_delete = on; begin immediate')
  for (const { table, id, secret } of open)
    database
      .prepare(`update ${table} set secret_access_key = ? where access_key_id = ?`)
      .run(box.seal(secret, id), id)
  database.exec('commit; pragma wal_checkpoint(truncate); pragma secure_delete = off')
}

interface Secret {
  table: string
  id: string
  secret: string
}

/** None when the table has not been made. */
function readSecrets(database: DatabaseSync, table: string, limit = -1): Secret[] {
  if (!database.prepare('select 1 from sqlite_master where name = ?').get(table)) return []
  const rows = database.prepare(`select access_key_id, secret_access_key from ${table} limit ?`).all(limit)
  return rows.map((row) => ({
    table,
    id: String(row['access_key_id']),
    secret: String(row['secret_access_key']),
  }))
}

/** @throws {Error} when the database was sealed with another key */
export function checkSealed(database: DatabaseSync, box: SecretBox): void {
  checkKey(box, findSealed(database))
}

/** One is as good as all: they have the same key. */
function findSealed(database: DatabaseSync): Secret | undefined {
  return tables.flatMap((table) => readSecrets(database, table, 1)).at(0)
}

/** @throws {Error} when it was sealed with another key */
export function checkKey(
  box: SecretBox,
  sealed: Pick<Secret, 'id' | 'secret'> | undefined,
  file = keyFile,
): void {
  if (!sealed) return
  try {
    box.open(sealed.secret, sealed.id)
  } catch (cause) {
    throw new Error(
      `${file} is not the key that the database's secrets were sealed with: put back the one that was`,
      { cause },
    )
  }
}

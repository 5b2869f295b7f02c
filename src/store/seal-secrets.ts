/** Seals what databases of earlier builds keep in clear, before anything else is done. */
import type { DatabaseSync } from 'node:sqlite'
import { isSealed, keyFile, type SecretBox } from './secret-box.ts'

const tables = ['iam_access_keys', 'iam_sessions'] as const

/** @throws {Error} when the database was sealed with another key */
export function sealSecrets(database: DatabaseSync, box: SecretBox): void {
  const clear = tables.flatMap((table) => {
    const rows = database.prepare(`select access_key_id, secret_access_key from ${table}`).all()
    return rows.map((row) => ({
      table,
      id: String(row['access_key_id']),
      secret: String(row['secret_access_key']),
    }))
  })
  const sealed = clear.find(({ secret }) => isSealed(secret))
  if (sealed) checkKey(box, sealed)
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

function checkKey(box: SecretBox, { id, secret }: { id: string; secret: string }): void {
  try {
    box.open(secret, id)
  } catch (cause) {
    throw new Error(
      `${keyFile} is not the key that the database's secrets were sealed with: put back the one that was beside it`,
      { cause },
    )
  }
}

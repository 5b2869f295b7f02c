/** Moves a stopped server's data directory from SQLite to PostgreSQL. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { openStore } from '../open.ts'
import { copyTables, type CopiedTable } from './copy-tables.ts'
import { openPostgresStore } from './open.ts'

/**
 * Both schemas are brought up to date first; the SQLite file stays as it is.
 * @throws {Error} for a person: what is missing, or which table is not the same in both
 */
export async function migrateDatabase(
  { file, url }: { file: string; url: string },
  onTable: (table: CopiedTable) => void,
): Promise<void> {
  if (!existsSync(file)) throw new Error(`there is no database ${file} to copy from`)
  {
    await using _source = await openStore(file)
    await using _target = await openPostgresStore(url, { keyDirectory: dirname(file) })
  }
  const source = new DatabaseSync(file, { readOnly: true })
  const target = new Client({ connectionString: url, application_name: 'muster migrate' })
  await target.connect()
  try {
    await copyTables(source, target, onTable)
  } finally {
    await target.end()
    source.close()
  }
}

/** Where the database of a data directory is, so that nobody takes an old file of it for the database. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeDatabase } from '../store/index.ts'

const placeFile = (dataDir: string) => join(dataDir, 'database.txt')

/** Without its password; undefined when it is the file in the directory. */
export function findDatabaseElsewhere(dataDir: string): string | undefined {
  const file = placeFile(dataDir)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

/** @throws {Error} for a person, when the database was elsewhere before and is not named now */
export function checkDatabasePlace(dataDir: string, database: string | undefined): void {
  const elsewhere = findDatabaseElsewhere(dataDir)
  if (elsewhere === undefined || database !== undefined) return
  throw new Error(
    `the data directory ${dataDir} belongs to ${elsewhere}: name it with --database, ` +
      `or remove ${placeFile(dataDir)} to go on with the file in the directory`,
  )
}

/** Once the database is known to be usable. */
export function noteDatabasePlace(dataDir: string, database: string): void {
  writeFileSync(placeFile(dataDir), `${describeDatabase(database)}\n`, { mode: 0o600 })
}

/** Brings a database up to this version of Muster, or says which version it needs. */
import type { DatabaseSync } from 'node:sqlite'
import { Migrator } from 'kysely/migration'
import { readVersion } from '../lib/version.ts'
import type { Db } from './db.ts'
import { migrations } from './migrations/index.ts'

/**
 * All steps in one commit.
 * @throws {Error} for a person, when the database is of a newer version, or a step fails
 */
export async function migrate(db: Db, database: DatabaseSync): Promise<void> {
  checkKnownSteps(database)
  database.exec('begin immediate')
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error === undefined) {
    if (results.length > 0) writeMark(database, readVersion())
    return database.exec('commit')
  }
  database.exec('rollback')
  const reason = error instanceof Error ? error.message : 'a step failed'
  throw new Error(`the database schema could not be brought up to date: ${reason}`, { cause: error })
}

/** @throws {Error} for a person, when the database has taken steps that this version does not know */
export function checkKnownSteps(database: DatabaseSync): void {
  const unknown = appliedNames(database).filter((name) => !Object.hasOwn(migrations, name))
  if (unknown.length > 0) throw new Error(newerDatabase(readMark(database), unknown))
}

/** Of the steps that the database has taken, in their order. */
export function appliedNames(database: DatabaseSync): string[] {
  const table = database.prepare("select name from sqlite_master where name = 'kysely_migration'").get()
  if (!table) return []
  return database
    .prepare('select name from kysely_migration order by name')
    .all()
    .map(({ name }) => String(name))
}

function newerDatabase(version: string | undefined, unknown: readonly string[]): string {
  const own = readVersion()
  const writer =
    version === undefined || version === own ? `a newer build of Muster ${own}` : `Muster ${version}`
  return (
    `the database was brought up to date by ${writer}, and this is ${own}, which does not know ` +
    `${unknown.join(', ')}; start that version or a newer one, or a backup from before the upgrade (docs/backup.md)`
  )
}

/** SQLite's number for whoever owns the file (`pragma user_version`) tells which version made the schema what it is. */
function writeMark(database: DatabaseSync, version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number)
  database.exec(`pragma user_version = ${major * 1_000_000 + minor * 1000 + patch}`)
}

/** Undefined for a database of before there were marks. */
function readMark(database: DatabaseSync): string | undefined {
  const mark = Number(database.prepare('pragma user_version').get()?.['user_version'])
  if (!mark) return undefined
  return [Math.floor(mark / 1_000_000), Math.floor(mark / 1000) % 1000, mark % 1000].join('.')
}

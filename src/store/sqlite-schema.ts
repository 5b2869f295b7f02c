import type { DatabaseSync } from 'node:sqlite'
import type { Schema } from './migrate.ts'

export function sqliteSchema(database: DatabaseSync): Schema {
  return {
    appliedNames: () => appliedNames(database),
    readMark: () => readMark(database),
    writeMark: (version) => writeMark(database, version),
    begin: () => database.exec('begin immediate'),
    commit: () => database.exec('commit'),
    rollback: () => database.exec('rollback'),
  }
}

export function appliedNames(database: DatabaseSync): string[] {
  const table = database.prepare("select name from sqlite_master where name = 'kysely_migration'").get()
  if (!table) return []
  return database
    .prepare('select name from kysely_migration order by name')
    .all()
    .map(({ name }) => String(name))
}

/** SQLite's number for whoever owns the file (`pragma user_version`). */
function writeMark(database: DatabaseSync, version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number)
  database.exec(`pragma user_version = ${major * 1_000_000 + minor * 1000 + patch}`)
}

function readMark(database: DatabaseSync): string | undefined {
  const mark = Number(database.prepare('pragma user_version').get()?.['user_version'])
  if (!mark) return undefined
  return [Math.floor(mark / 1_000_000), Math.floor(mark / 1000) % 1000, mark % 1000].join('.')
}

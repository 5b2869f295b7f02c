/** Copies of the database for backups, taken by whoever may read its files, and whether such a copy is whole. */
import { closeSync, existsSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { createDb, type Db } from './db.ts'
import { checkKnownSteps, findPendingSteps, type PendingSteps } from './migrate.ts'
import { checkSealed } from './seal-secrets.ts'
import { createSecretBox, loadKey } from './secret-box.ts'
import { SqliteConnection, sqliteDialect } from './sqlite-dialect.ts'
import { sqliteSchema } from './sqlite-schema.ts'

/** Copied at a time, off the event loop: 8 MiB. */
const pagesAtATime = 2048

/**
 * Writes `copy`, mode 0600: the database as it is at one moment, whoever goes on writing to it. Whatever was
 * acknowledged by then is in it. The one who reads keeps the log from beginning anew, and nobody waiting.
 * @throws {Error} when there is no database in `file`
 */
export async function copyDatabase(file: string, copy: string): Promise<void> {
  if (!existsSync(file)) throw new Error(`there is no database ${file}`)
  closeSync(openSync(copy, 'wx', 0o600))
  const source = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    // one moment for all pages: without it SQLite begins again with every write in between
    source.exec('begin')
    source.prepare('select 1 from sqlite_schema limit 1').get()
    await backup(source, copy, { rate: pagesAtATime })
  } finally {
    source.close()
  }
}

/**
 * Resolves with what `look` makes of a copy. It must be ours alone: SQLite makes files beside it while it looks.
 * @throws what `look` throws
 */
export async function lookInto<T>(copy: string, look: (db: Db) => Promise<T>): Promise<T> {
  const database = new DatabaseSync(copy)
  try {
    const connection = new SqliteConnection(database, { isForReading: true })
    return await look(createDb(() => connection, sqliteDialect))
  } finally {
    database.close()
  }
}

/**
 * Resolves with what `look` makes of one moment of a database, whether or not a server is using it.
 * @throws {Error} when there is no database in `file`, or what `look` throws
 */
export async function viewDatabase<T>(file: string, look: (db: Db) => Promise<T>): Promise<T> {
  if (!existsSync(file)) throw new Error(`there is no database ${file}`)
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    database.exec('begin')
    const connection = new SqliteConnection(database, { isForReading: true })
    return await look(createDb(() => connection, sqliteDialect))
  } finally {
    database.close()
  }
}

/**
 * What a start would do to the database in `file`, which stays as it is.
 * @throws {Error} for a person, when there is none, or it is of a newer version
 */
export async function readPendingSteps(file: string): Promise<PendingSteps> {
  if (!existsSync(file)) throw new Error(`there is no database ${file}`)
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    return await findPendingSteps(sqliteSchema(database))
  } finally {
    database.close()
  }
}

/**
 * Reads all of it: structure, indexes, constraints; that this version knows its schema; that the key beside it opens its secrets.
 * @throws {Error} for a person
 */
export async function checkDatabase(copy: string): Promise<void> {
  const database = new DatabaseSync(copy)
  try {
    const faults = database.prepare('pragma integrity_check(3)').all().map(Object.values).flat()
    if (faults.join() !== 'ok') throw new Error(`SQLite finds its database damaged: ${faults.join('; ')}`)
    await checkKnownSteps(sqliteSchema(database))
    checkSealed(database, createSecretBox(loadKey(dirname(copy))))
  } finally {
    database.close()
  }
}

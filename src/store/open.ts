import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createDb, type Db } from './db.ts'
import type { LogCopier } from './checkpoints.ts'
import { openDurability } from './durability.ts'
import { GroupCommit, type Companion, type OnDurable } from './group-commit.ts'
import { migrate } from './migrate.ts'
import { sealSecrets } from './seal-secrets.ts'
import { createSecretBox, loadKey, type SecretBox } from './secret-box.ts'
import { SqliteConnection, sqliteDialect } from './sqlite-dialect.ts'
import { sqliteSchema } from './sqlite-schema.ts'
import { keepStatistics } from './statistics.ts'

export interface Store extends AsyncDisposable {
  /** For secrets that rows must be able to show again. */
  secrets: SecretBox
  /** Sees what is committed, and so durable. Not for writing. */
  read: Db
  /** Runs `work` on one moment of what is committed: for several queries that must fit together. Not for writing. */
  view: <T>(work: (db: Db) => Promise<T>) => Promise<T>
  /**
   * Runs `work` as one transaction and resolves once it is durable. Concurrent calls share an fsync.
   * `work` must query through its own `db` alone, await nothing else, and not call `transact` again.
   * `changes` are what caches elsewhere must hear of; in a cluster they are written down in the same transaction.
   * `apart` are names of what `work` changes, or relies on, that others may change. Works that share no name may be done side by
   * side where each query is a way to the database; such a work asks for one query at a time, has no savepoint of its own,
   * and is done anew when one beside it fails.
   * @throws what `work` throws, with its changes undone
   */
  transact: <T>(work: (db: Db) => Promise<T>, changes?: ChangesOf<T>, apart?: readonly string[]) => Promise<T>
  /** From now on one companion writes along with whatever is committed. */
  accompany: (companion: StoreCompanion) => void
}

/** See `Companion`; `db` is that of the transaction. */
export interface StoreCompanion extends Omit<Companion, 'complete'> {
  complete: (db: Db) => Promise<void> | undefined
}

export const companionOf = (companion: StoreCompanion, db: Db): Companion => ({
  ...companion,
  complete: () => companion.complete(db),
})

/** What a transaction changed, by kind and id: see `Change` of the fabric. */
export interface NotedChange {
  accountId: string
  kind: string
  id: string
}

/** Of what the transaction resolved with. */
type ChangesOf<T> = (value: T) => readonly NotedChange[]

export interface StoreOptions {
  /** Told when the log could not be brought into the database file. It is tried again later. */
  onCheckpointFailure?: (error: unknown) => void
  /** Pages that the write-ahead log gathers before it goes into the database file. */
  checkpointPages?: number
  logCopier?: LogCopier | undefined
  onDurable?: OnDurable
}

/**
 * Opens or creates the SQLite database in `file` and brings its schema up to date.
 * SQLite writes without waiting for the disk, in WAL mode with synchronous=NORMAL (sqlite.org/wal.html); the thread
 * pool waits, and only then is a commit said to have happened: docs/decisions/0013-the-disk-apart.md.
 * @throws {Error} for a person, when the database is of a newer version
 */
export async function openStore(file: string, options: StoreOptions = {}): Promise<Store> {
  closeSync(openSync(file, 'a', 0o600)) // before SQLite makes it: it holds secrets
  const secrets = createSecretBox(loadKey(dirname(file)))
  const writer = openDatabase(file)
  writer.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
  writer.exec('pragma wal_autocheckpoint = 0')
  const writing = new SqliteConnection(writer, { isForReading: false })
  const write = createDb(() => writing, sqliteDialect)
  try {
    sealSecrets(writer, secrets)
    await migrate(write, sqliteSchema(writer))
    keepStatistics(writer)
  } catch (error) {
    writer.close()
    throw error
  }
  const reader = openDatabase(file, { readOnly: true })
  const reading = new SqliteConnection(reader, { isForReading: true })
  // while nothing is under way the writer sees the same rows, and its page cache is the warm one
  const readingWarm = new SqliteConnection(writer, { isForReading: true })
  const read = createDb(
    () => (writer.isTransaction || reader.isTransaction ? reading : readingWarm),
    sqliteDialect,
  )
  const durability = openDurability(file, { writer, reader, ...options })
  const commits = new GroupCommit(batchStatements(writer), durability, options.onDurable)
  return {
    secrets,
    read,
    view: (work) => work(read), // whoever writes is in this process, and keeps readers in mind
    transact: (work) => commits.transact(() => work(write)),
    accompany: (companion) => commits.accompany(companionOf(companion, write)),
    [Symbol.asyncDispose]: async () => {
      await commits.close()
      await durability[Symbol.asyncDispose]()
      reader.close()
      writer.close()
    },
  }
}

function openDatabase(file: string, options: { readOnly?: boolean } = {}): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000, ...options })
  // nothing is mapped: to have a page of a large file mapped for the first time costs more than to read it, and a connection that
  // only reads would give its map back after each commit of another
  database.exec(`pragma cache_size = -${64 * 1024}`)
  database.exec('pragma temp_store = memory') // what a savepoint may have to undo stays out of files
  return database
}

function batchStatements(database: DatabaseSync) {
  const statement = (sql: string) => {
    const prepared = database.prepare(sql)
    return () => void prepared.run()
  }
  return {
    begin: statement('begin immediate'),
    savepoint: statement('savepoint job'),
    release: statement('release job'),
    undo: statement('rollback to job'),
    commit: statement('commit'),
    rollback: statement('rollback'),
  }
}

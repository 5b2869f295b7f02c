/** The connections of a server to its PostgreSQL database: one that writes, a pool that reads. */
import { HandleEmptyInListsPlugin, replaceWithNoncontingentExpression } from 'kysely'
import { Pool, type ClientConfig, type PoolClient, type QueryConfig, type QueryResult } from 'pg'
import { causeText } from '../../lib/cause-text.ts'
import { createDb, joinDbs, type Acquire, type Db } from '../db.ts'
import type { Durability } from '../group-commit.ts'
import { migrate, type Schema } from '../migrate.ts'
import type { SecretBox } from '../secret-box.ts'
import { checkOwnKey } from './check-key.ts'
import { checkServer } from './check-server.ts'
import { PostgresRunner, StatementNames, postgresDialect } from './dialect.ts'
import { describeDatabase } from './describe-database.ts'
import { learnThrough } from './learn-statement.ts'
import { TurnRunner } from './turn-runner.ts'
import { breakConnection, PostgresWriter } from './writer.ts'

export interface ConnectionOptions {
  /** Connections for reading; with one, reads are answered in the order they were asked. */
  maxReaders?: number
  /** Told of connections that broke; they are made anew. */
  onLost?: (error: unknown) => void
}

interface Opening extends ConnectionOptions {
  secrets: SecretBox
  schemaOf: (writer: PostgresWriter) => Schema
  /** For a node of a cluster. */
  isShared?: boolean
  /** The file that the key of `secrets` is from, when it is not `secrets.key`. */
  keyFile?: string
  /** Of sessions of PostgreSQL that write, e.g. a time-out. */
  writerSettings?: string
}

export interface Connections extends AsyncDisposable {
  writer: PostgresWriter
  write: Db
  /** The same connection, for work that is done side by side: see `TurnRunner`. */
  writeTogether: Db
  read: Db
  view: <T>(work: (db: Db) => Promise<T>) => Promise<T>
  /** A `Db` of its own connections. */
  openPool: (settings: ClientConfig & { max: number }) => { db: Db; end: () => Promise<void> }
  /** Breaks every connection now, whatever is under way; more are made only when asked for. */
  destroy: () => void
}

const defaultReaders = 8
const connectTimeoutMs = 10_000

export const connectionTo = (url: string): ClientConfig => ({
  connectionString: url,
  connectionTimeoutMillis: connectTimeoutMs,
  keepAlive: true,
  application_name: 'muster',
})

/**
 * Also brings the schema up to date.
 * @throws {Error} for a person: which host, which error, what to do
 */
export async function openConnections(url: string, opening: Opening): Promise<Connections> {
  const { secrets, schemaOf, maxReaders = defaultReaders, onLost = () => {} } = opening
  const { isShared = false, writerSettings, keyFile } = opening
  const connection = connectionTo(url)
  const names = new StatementNames()
  const writerConnection =
    writerSettings === undefined ? connection : { ...connection, options: writerSettings }
  const writer = new PostgresWriter({ connection: writerConnection, onLost, isShared })
  const { write, writeTogether } = openWriting((query) => writer.query(query), names)
  try {
    await writer.connect()
    await checkServer(writer)
    await migrate(write, schemaOf(writer))
    await checkOwnKey(writer, secrets, keyFile)
  } catch (cause) {
    await writer[Symbol.asyncDispose]()
    const reason = causeText(cause)
    throw new Error(`${describeDatabase(url)} cannot be used: ${reason}`, { cause })
  }
  const sockets = new Sockets()
  const pool = sockets.watch(new Pool({ ...connection, max: maxReaders }), onLost)
  return {
    writer,
    write,
    writeTogether,
    read: openTogether((query) => pool.query(query), { names, isForReading: true }),
    view: (work) => viewOneMoment(pool, names, work),
    openPool: (settings) => openPool(sockets.watch(new Pool({ ...connection, ...settings }), onLost)),
    destroy() {
      sockets.destroy()
      writer.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      await pool.end()
      await writer[Symbol.asyncDispose]()
    },
  }
}

function openWriting(run: (query: QueryConfig) => Promise<QueryResult>, names: StatementNames) {
  const runner = new PostgresRunner(run, { names, isForReading: false })
  const write = openDb(() => runner)
  const writeTogether = openTogether(run, { names, isForReading: false })
  joinDbs(write, writeTogether)
  return { write, writeTogether }
}

/** Of which the queries of one turn go together. */
function openTogether(
  run: (query: QueryConfig) => Promise<QueryResult>,
  options: { names: StatementNames; isForReading: boolean },
): Db {
  const learn = learnThrough(run)
  const runner = new TurnRunner(new PostgresRunner(run, options), { learn, ...options })
  return openDb(() => runner)
}

/** Of pools, so that they can be broken. */
class Sockets {
  readonly #clients = new Set<PoolClient>()

  watch(pool: Pool, onLost: (error: unknown) => void): Pool {
    pool.on('error', onLost)
    pool.on('connect', (client) => this.#clients.add(client))
    pool.on('remove', (client) => this.#clients.delete(client))
    return pool
  }

  destroy(): void {
    for (const client of this.#clients) breakConnection(client)
  }
}

function openPool(pool: Pool) {
  const names = new StatementNames()
  const runner = new PostgresRunner((query: QueryConfig) => pool.query(query), { names, isForReading: false })
  return { db: openDb(() => runner), end: () => pool.end() }
}

async function viewOneMoment<T>(pool: Pool, names: StatementNames, work: (db: Db) => Promise<T>): Promise<T> {
  const client: PoolClient = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin isolation level repeatable read, read only')
    const runner = new PostgresRunner((query: QueryConfig) => client.query(query), {
      names,
      isForReading: true,
    })
    const value = await work(openDb(() => runner))
    await client.query('commit')
    return value
  } catch (cause) {
    broken = cause instanceof Error ? cause : new Error(String(cause))
    throw cause
  } finally {
    client.release(broken) // a connection in the middle of something is not used again
  }
}

/** For commands beside a server: what `work` makes of one moment of the database. */
export async function viewPostgres<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const pool = new Pool({ ...connectionTo(url), max: 1 })
  try {
    return await viewOneMoment(pool, new StatementNames(), work)
  } catch (cause) {
    throw new Error(`${describeDatabase(url)} cannot be read: ${causeText(cause)}`, { cause })
  } finally {
    await pool.end()
  }
}

/** SQLite takes `in ()`, which PostgreSQL does not. */
const emptyLists = new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })

const openDb = (acquire: Acquire): Db => createDb(acquire, postgresDialect, [emptyLists])

/** A commit that PostgreSQL has answered is on its disk. */
export const durableOnCommit: Durability = {
  pinReaders() {},
  releaseReaders() {},
  isSyncNeeded: () => false,
  sync: async () => {},
  isUpkeepDue: () => false,
  upkeep: async () => {},
}

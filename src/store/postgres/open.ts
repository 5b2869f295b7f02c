/** The store on PostgreSQL: the same schema, the same rules, in a database that outlives the machine. */
import { Pool, type ClientConfig, type QueryConfig } from 'pg'
import { HandleEmptyInListsPlugin, replaceWithNoncontingentExpression } from 'kysely'
import { createDb, type Acquire, type Db } from '../db.ts'
import { GroupCommit, type BatchStatements, type Durability, type OnDurable } from '../group-commit.ts'
import { migrate } from '../migrate.ts'
import type { Store } from '../open.ts'
import { createSecretBox, loadKey } from '../secret-box.ts'
import { checkOwnKey } from './check-key.ts'
import { checkServer } from './check-server.ts'
import { PostgresRunner, StatementNames, postgresDialect } from './dialect.ts'
import { describeDatabase } from './describe-database.ts'
import { postgresSchema } from './schema.ts'
import { PostgresWriter } from './writer.ts'
import { causeText } from '../../lib/cause-text.ts'

export interface PostgresOptions {
  /** Where `secrets.key` is. */
  keyDirectory: string
  /** Connections for reading; with one, reads are answered in the order they were asked. */
  maxReaders?: number
  /** Told of connections that broke; they are made anew. */
  onLost?: (error: unknown) => void
  onDurable?: OnDurable
}

const defaultReaders = 8
const connectTimeoutMs = 10_000

/**
 * Opens the database and brings its schema up to date. What has been committed is durable: `synchronous_commit` is on.
 * @throws {Error} for a person: which host, which error, what to do
 */
export async function openPostgresStore(url: string, options: PostgresOptions): Promise<Store> {
  const { keyDirectory, maxReaders = defaultReaders, onLost = () => {} } = options
  const connection: ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'muster',
  }
  const secrets = createSecretBox(loadKey(keyDirectory))
  const names = new StatementNames()
  const writer = new PostgresWriter({ connection, onLost })
  const runner = new PostgresRunner((query) => writer.query(query), { names, isForReading: false })
  const write = openDb(() => runner)
  try {
    await writer.connect()
    await checkServer(writer)
    await migrate(write, postgresSchema(writer))
    await checkOwnKey(writer, secrets)
  } catch (cause) {
    await writer[Symbol.asyncDispose]()
    const reason = causeText(cause)
    throw new Error(`${describeDatabase(url)} cannot be used: ${reason}`, { cause })
  }
  const pool = new Pool({ ...connection, max: maxReaders })
  pool.on('error', onLost)
  const reader = new PostgresRunner((query: QueryConfig) => pool.query(query), { names, isForReading: true })
  const commits = new GroupCommit(batchStatements(writer, options.onDurable), durableOnCommit)
  return {
    secrets,
    read: openDb(() => reader),
    transact: (work) => commits.transact(() => work(write)),
    [Symbol.asyncDispose]: async () => {
      await commits.idle()
      await pool.end()
      await writer[Symbol.asyncDispose]()
    },
  }
}

/** SQLite takes `in ()`, which PostgreSQL does not. */
const emptyLists = new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })

const openDb = (acquire: Acquire): Db => createDb(acquire, postgresDialect, [emptyLists])

/** A job costs one way to the database beside its queries: ends and beginnings travel together. */
function batchStatements(writer: PostgresWriter, onDurable: OnDurable = () => {}): BatchStatements {
  return {
    async begin() {
      await writer.connect()
      writer.defer('begin')
    },
    savepoint: () => writer.run('savepoint job'),
    release: () => writer.defer('release savepoint job'),
    undo: () => writer.run('rollback to savepoint job'),
    async commit() {
      const startedAt = performance.now()
      await writer.run('commit')
      onDurable((performance.now() - startedAt) / 1000)
    },
    rollback: () => writer.reset(),
  }
}

const durableOnCommit: Durability = {
  pinReaders() {},
  releaseReaders() {},
  isSyncNeeded: () => false,
  sync: async () => {},
  isUpkeepDue: () => false,
  upkeep: async () => {},
}

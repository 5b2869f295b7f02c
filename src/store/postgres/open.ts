/** The store on PostgreSQL: the same schema, the same rules, in a database that outlives the machine. */
import { companionOf, type Store } from '../open.ts'
import { createSecretBox, loadKey } from '../secret-box.ts'
import { GroupCommit, type BatchStatements, type OnDurable } from '../group-commit.ts'
import { durableOnCommit, openConnections, type ConnectionOptions } from './connections.ts'
import { postgresSchema } from './schema.ts'
import type { PostgresWriter } from './writer.ts'

export interface PostgresOptions extends ConnectionOptions {
  /** Where `secrets.key` is. */
  keyDirectory: string
  onDurable?: OnDurable
}

/**
 * Opens the database and brings its schema up to date. What has been committed is durable: `synchronous_commit` is on.
 * @throws {Error} for a person: which host, which error, what to do
 */
export async function openPostgresStore(url: string, options: PostgresOptions): Promise<Store> {
  const { keyDirectory, onDurable, ...others } = options
  const secrets = createSecretBox(loadKey(keyDirectory))
  const connections = await openConnections(url, { ...others, secrets, schemaOf: postgresSchema })
  const { writer, write, writeTogether, read, view } = connections
  const commits = new GroupCommit(batchStatements(writer), durableOnCommit, onDurable)
  return {
    secrets,
    read,
    view,
    transact: (work, _changes, apart) =>
      commits.transact((isAmongOthers) => work(isAmongOthers ? writeTogether : write), apart),
    accompany: (companion) => commits.accompany(companionOf(companion, write)),
    [Symbol.asyncDispose]: async () => {
      await commits.close()
      await connections[Symbol.asyncDispose]()
    },
  }
}

/** A job costs one way to the database beside its queries: ends and beginnings travel together. */
export function batchStatements(writer: PostgresWriter): BatchStatements {
  return {
    async begin() {
      await writer.connect()
      writer.defer('begin')
    },
    savepoint: () => writer.run('savepoint job'),
    release: () => writer.defer('release savepoint job'),
    undo: () => writer.run('rollback to savepoint job'),
    commit: () => writer.run('commit'),
    rollback: () => writer.reset(),
  }
}

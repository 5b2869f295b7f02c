/**
 * The store of one node of several that write into one database. They write in turns: a transaction holds one lock of
 * the whole database until it is committed, so it finds what it relies on as it would with one server, and no job
 * has to be run twice. See docs/decisions/0027-nodes-take-turns.md.
 */
import { causeText } from '../../lib/cause-text.ts'
import type { Db } from '../db.ts'
import { GroupCommit, type BatchStatements, type OnDurable } from '../group-commit.ts'
import { checkKnownSteps, type Schema } from '../migrate.ts'
import { companionOf, type NotedChange, type Store } from '../open.ts'
import type { SecretBox } from '../secret-box.ts'
import { durableOnCommit, openConnections, type ConnectionOptions, type Connections } from './connections.ts'
import { postgresMigrationLock, postgresTurnLock } from './locks.ts'
import { batchStatements } from './open.ts'
import { postgresSchema, readPostgresSchema } from './schema.ts'
import type { PostgresWriter } from './writer.ts'

/** As which node it writes; `epoch` as it was when it joined. */
export interface Membership {
  nodeName: string
  epoch: number
}

/** Writes down, in the transaction of `db`, what a batch changed; what it resolves with is called once that is committed. */
type WriteChanges = (db: Db, changes: readonly NotedChange[]) => Promise<() => void>

export interface NodeStore extends Store {
  /** From now on it gets the changes of each batch, before its commit. */
  noteChanges: (write: WriteChanges) => void
  /** From now on only what this member writes while its lease lasts is taken. */
  writeAs: (membership: Membership) => void
  /** Writes at once, out of turn: for leases alone, which must not wait behind others. */
  lease: Db
  /** Gives up everything that is under way and lets nothing more be written. */
  cutOff: () => void
}

export interface NodeStoreOptions extends ConnectionOptions {
  secrets: SecretBox
  /** That its key is from. */
  keyFile: string
  /** How long PostgreSQL bears with a node that has its turn and says nothing; milliseconds. */
  silenceMs: number
  /** How long a lease query may take; milliseconds. */
  leaseQueryMs: number
  onDurable?: OnDurable
}

/** @throws {Error} for a person, also when nodes of another schema are running */
export async function openNodeStore(url: string, options: NodeStoreOptions): Promise<NodeStore> {
  const { secrets, keyFile, silenceMs, leaseQueryMs, onDurable, ...others } = options
  const connections = await openConnections(url, {
    ...others,
    secrets,
    keyFile,
    schemaOf: nodeSchema,
    isShared: true,
    writerSettings: `-c idle_in_transaction_session_timeout=${silenceMs}`,
  })
  const { writer, write, read, view, openPool } = connections
  const leasePool = openPool({ max: 1, query_timeout: leaseQueryMs, connectionTimeoutMillis: leaseQueryMs })
  let member: Membership | undefined
  let isCutOff = false
  const turns = turnStatements(batchStatements(writer), writer, () => {
    if (isCutOff) throw new Error('this node is not a member of the cluster any more')
    return member
  })
  const noting = new NotedBatch(write)
  const commits = new GroupCommit(noting.around(turns), durableOnCommit, onDurable)
  return {
    secrets,
    read,
    view,
    transact: notingTransact(commits, noting, connections),
    accompany: (companion) => commits.accompany(companionOf(companion, write)),
    noteChanges: (writeChanges) => void (noting.writeChanges = writeChanges),
    writeAs: (membership) => void (member = membership),
    lease: leasePool.db,
    cutOff() {
      isCutOff = true
      connections.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      await commits.close()
      await leasePool.end()
      await connections[Symbol.asyncDispose]()
    },
  }
}

const notingTransact =
  (
    commits: GroupCommit,
    noting: NotedBatch,
    { write, writeTogether }: Pick<Connections, 'write' | 'writeTogether'>,
  ): NodeStore['transact'] =>
  (work, changesOf, apart) =>
    commits.transact(
      (isAmongOthers) => work(isAmongOthers ? writeTogether : write),
      apart,
      changesOf && ((value) => noting.noteFor(changesOf(value))),
    )

/** What the works of a batch changed, written down with one statement instead of one for each work. */
class NotedBatch {
  writeChanges: WriteChanges | undefined
  readonly #write: Db
  #noted: NotedChange[] = []

  constructor(write: Db) {
    this.#write = write
  }

  noteFor(changes: readonly NotedChange[]): () => void {
    return () => void this.#noted.push(...changes)
  }

  around({ commit, rollback, ...others }: BatchStatements): BatchStatements {
    return {
      ...others,
      commit: async () => {
        const changes = this.#noted
        this.#noted = []
        const tell = changes.length > 0 ? await this.writeChanges?.(this.#write, changes) : undefined
        await commit()
        tell?.()
      },
      rollback: () => {
        this.#noted = []
        return rollback()
      },
    }
  }
}

/**
 * A batch begins with waiting for the turn, and asks whether the node may write yet: as a member, while its lease lasts;
 * to become one, while the schema is one it knows. Who takes steps of the schema waits until it is a member, and is refused.
 */
function turnStatements(
  batch: BatchStatements,
  writer: PostgresWriter,
  memberNow: () => Membership | undefined,
): BatchStatements {
  return {
    ...batch,
    async begin() {
      const member = memberNow()
      await writer.connect()
      const turn = `begin; select pg_advisory_xact_lock(${postgresTurnLock})`
      if (member === undefined) {
        await writer.run(`${turn}; select pg_advisory_xact_lock_shared(${postgresMigrationLock})`)
        return checkKnownSteps(readPostgresSchema(writer))
      }
      const [row] = await writer.askLast<{ mayWrite: boolean }>(
        `${turn}; select ${leaseOf(member)} as "mayWrite"`,
      )
      if (row?.mayWrite !== true) throw new Error('the lease of this node has run out')
    },
  }
}

/** Names of nodes are checked where they are given: no character of them means anything in SQL. */
const leaseOf = ({ nodeName, epoch }: Membership): string =>
  `exists (select from nodes where node_name = '${nodeName.replaceAll("'", '')}' and epoch = ${epoch}
    and lease_until > extract(epoch from clock_timestamp()) * 1000)`

/** A schema is not changed below nodes that run. */
function nodeSchema(writer: PostgresWriter): Schema {
  return {
    ...postgresSchema(writer),
    async checkUnused(steps) {
      const running = await listRunning(writer)
      if (running.length === 0) return
      const nodes = running.map(({ name, version }) => `${name} (Muster ${version})`).join(', ')
      throw new Error(
        `this version brings steps of the schema (${steps.join(', ')}) that nodes which are running do not know: ` +
          `stop ${nodes} first, then start all with this version`,
      )
    },
  }
}

async function listRunning(writer: PostgresWriter): Promise<{ name: string; version: string }[]> {
  try {
    const [found] = await writer.ask<{ nodes: string | null }>("select to_regclass('nodes')::text as nodes")
    if (typeof found?.nodes !== 'string') return []
    return await writer.ask(`select node_name as name, version from nodes
      where lease_until > extract(epoch from clock_timestamp()) * 1000 order by node_name`)
  } catch (cause) {
    throw new Error(`running nodes could not be asked for: ${causeText(cause)}`, { cause })
  }
}

/** The rows of a cluster: who is in it, and what its nodes tell each other. Times are those of the database's clock. */
import { sql, SqliteAdapter, type RawBuilder } from 'kysely'
import { chunksOf } from '../../lib/chunks.ts'
import { prepareQuery, type Bind, type Db, type NotedChange } from '../../store/index.ts'
import { commonForm, type Wire } from './wire.ts'

export interface Member {
  nodeName: string
  epoch: number
  version: string
  address: string
  /** Epoch milliseconds. */
  leaseUntil: number
  takenSeq: number
  connections: number
  joinedAt: number
  /** Its lease has not run out. */
  isAlive: boolean
  wire: Wire
}

/** What the clocks of nodes say does not count. */
function clockOf(db: Db): RawBuilder<number> {
  if (db.getExecutor().adapter instanceof SqliteAdapter)
    return sql<number>`cast((julianday('now') - 2440587.5) * 86400000 as integer)`
  return sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
}

async function readClock(db: Db): Promise<number> {
  const { clock } = await db.selectNoFrom(clockOf(db).as('clock')).executeTakeFirstOrThrow()
  return clock
}

const columns = [
  'node_name as nodeName',
  'epoch',
  'version',
  'address',
  'lease_until as leaseUntil',
  'taken_seq as takenSeq',
  'connections',
  'joined_at as joinedAt',
  'wire_from as from',
  'wire_to as to',
] as const

const selectMembers = prepareQuery((db) =>
  db
    .selectFrom('nodes')
    .select([...columns, clockOf(db).as('clock')])
    .where('lease_until', '>', 0)
    .orderBy('node_name'),
)

/** Those that have not left for good, by name; also dead ones that nobody has found yet. */
export async function listMembers(db: Db): Promise<Member[]> {
  const { rows } = await selectMembers(db, {})
  return rows.map(({ clock, from, to, ...row }) => ({
    ...row,
    isAlive: row.leaseUntil > clock,
    wire: { from, to },
  }))
}

export interface Joining {
  nodeName: string
  version: string
  wire: Wire
  leaseMs: number
}

type JoinOutcome =
  | {
      epoch: number
      /** The last change that there was. */
      takenSeq: number
      /** Of the wire, which all understand. */
      form: number
    }
  /** One of that name has a lease. */
  | { heldUntil: number }
  /** Those that serve now and do not understand it. */
  | { unlike: Member[] }

export async function joinNode(db: Db, { nodeName, version, wire, leaseMs }: Joining): Promise<JoinOutcome> {
  const clock = clockOf(db)
  const known = await db
    .selectFrom('nodes')
    .select(['epoch', 'lease_until as leaseUntil', clock.as('clock')])
    .where('node_name', '=', nodeName)
    .executeTakeFirst()
  if (known && known.leaseUntil > known.clock) return { heldUntil: known.leaseUntil }
  const others = (await listMembers(db)).filter((member) => member.isAlive)
  const form = commonForm([wire, ...others.map((member) => member.wire)])
  if (form === undefined)
    return { unlike: others.filter((member) => commonForm([wire, member.wire]) === undefined) }
  const epoch = Math.max((known?.epoch ?? 0) + 1, await readClock(db))
  const takenSeq = await newestSeq(db)
  const lease = {
    epoch,
    version,
    address: '',
    taken_seq: takenSeq,
    connections: 0,
    ...leaseFrom(clock, leaseMs),
    joined_at: clock,
    wire_from: wire.from,
    wire_to: wire.to,
  }
  await db
    .insertInto('nodes')
    .values({ node_name: nodeName, ...lease })
    .onConflict((conflict) => conflict.column('node_name').doUpdateSet(lease))
    .execute()
  return { epoch, takenSeq, form }
}

const leaseFrom = (clock: RawBuilder<number>, leaseMs: number) => ({
  lease_until: sql<number>`${clock} + ${sql.lit(leaseMs)}`,
})

export interface Membership {
  nodeName: string
  epoch: number
}

/** What a node says of itself with each renewal. */
export interface NodeFacts {
  takenSeq: number
  connections: number
  address: string
}

/** False when the lease had run out already, or others have found the node dead. */
export async function renewLease(
  db: Db,
  { nodeName, epoch, leaseMs, ...facts }: Membership & NodeFacts & { leaseMs: number },
): Promise<boolean> {
  const clock = clockOf(db)
  const { numUpdatedRows } = await db
    .updateTable('nodes')
    .set({
      ...leaseFrom(clock, leaseMs),
      taken_seq: facts.takenSeq,
      connections: facts.connections,
      address: facts.address,
    })
    .where('node_name', '=', nodeName)
    .where('epoch', '=', epoch)
    .where('lease_until', '>', clock)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** False when it was not alone in finding it dead, or it is not. What it still had in hand is refused from now on. */
export async function endMembership(
  db: Db,
  { nodeName, epoch }: Membership,
  { ifDead }: { ifDead: boolean },
): Promise<boolean> {
  let query = db
    .updateTable('nodes')
    .set({ lease_until: 0, epoch: epoch + 1 })
    .where('node_name', '=', nodeName)
    .where('epoch', '=', epoch)
  if (ifDead) query = query.where('lease_until', '<=', clockOf(db))
  const { numUpdatedRows } = await query.executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Names of nodes that left or were found dead, which are forgotten. */
export async function forgetEnded(db: Db): Promise<string[]> {
  const rows = await db.deleteFrom('nodes').where('lease_until', '=', 0).returning('node_name').execute()
  return rows.map(({ node_name: nodeName }) => nodeName)
}

export interface SeenChange extends NotedChange {
  seq: number
  nodeName: string
}

const rowsAtOnce = 32

const insertOf = (count: number) =>
  prepareQuery((db, value: Bind<Record<string, string>>) => {
    const rows = Array.from({ length: count }, (_, at) => ({
      account_id: value(`account ${at}`),
      kind: value(`kind ${at}`),
      id: value(`id ${at}`),
      node_name: value('node'),
      changed_at: clockOf(db),
    }))
    return db.insertInto('changes').values(rows).returning('seq')
  })

/** By how many rows: no more than so many statements, as the database remembers those that come again. */
const inserts = new Map<number, ReturnType<typeof insertOf>>()

/** The number of the last of them. Numbers grow in the order of commits, as nodes write in turns. */
export async function insertChanges(
  db: Db,
  nodeName: string,
  changes: readonly NotedChange[],
): Promise<number> {
  let last = 0
  for (const some of chunksOf(changes, rowsAtOnce)) {
    const values = some.flatMap(({ accountId, kind, id }, at) => [
      [`account ${at}`, accountId],
      [`kind ${at}`, kind],
      [`id ${at}`, id],
    ])
    const insert = inserts.get(some.length) ?? insertOf(some.length)
    inserts.set(some.length, insert)
    const { rows } = await insert(db, { ...Object.fromEntries(values), node: nodeName })
    last = Math.max(last, ...rows.map(({ seq }) => seq))
  }
  return last
}

export async function newestSeq(db: Db): Promise<number> {
  const row = await db.selectFrom('changes').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return row?.seq ?? 0
}

const selectChanges = prepareQuery((db, value: Bind<{ seq: number; limit: number }>) =>
  db
    .selectFrom('changes')
    .select(['seq', 'account_id as accountId', 'kind', 'id', 'node_name as nodeName'])
    .where('seq', '>', value('seq'))
    .orderBy('seq')
    .limit(value('limit')),
)

/** In their order. */
export async function listChangesAfter(db: Db, seq: number, limit: number): Promise<SeenChange[]> {
  return (await selectChanges(db, { seq, limit })).rows
}

/** But for the newest one, which holds the numbering. */
export async function pruneChanges(db: Db, olderThanMs: number): Promise<void> {
  const newest = await newestSeq(db)
  await db
    .deleteFrom('changes')
    .where('changed_at', '<', sql<number>`${clockOf(db)} - ${sql.lit(olderThanMs)}`)
    .where('seq', '<', newest)
    .execute()
}

interface SealedFile {
  name: string
  sealed: string
}

export async function listFiles(db: Db): Promise<SealedFile[]> {
  return await db.selectFrom('cluster_files').select(['name', 'sealed']).orderBy('name').execute()
}

export async function insertFile(db: Db, file: SealedFile): Promise<void> {
  await db.insertInto('cluster_files').values(file).execute()
}

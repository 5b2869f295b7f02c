import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import { genesis, type ChainName } from './chain.ts'

export type ChainRow = Tables['audit_chains']
export type BlockRow = Tables['audit_blocks']

const insertRow = prepareQuery((db, value: Bind<BlockRow>) =>
  db
    .insertInto('audit_blocks')
    .values(bindAll(value, ['account_id', 'chain', 'first_seq', 'entries', 'newest_at', 'hashes', 'lines'])),
)

export async function insertBlock(db: Db, block: BlockRow): Promise<void> {
  await insertRow(db, block)
}

export async function findChain(db: Db, { accountId, chain }: ChainName): Promise<ChainRow | undefined> {
  return await db
    .selectFrom('audit_chains')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('chain', '=', chain)
    .executeTakeFirst()
}

/** A new one has its row from its first entry on. */
export async function insertChain(db: Db, name: ChainName): Promise<ChainRow> {
  const row = newChain(name)
  await db.insertInto('audit_chains').values(row).execute()
  return row
}

function newChain(name: ChainName): ChainRow {
  const start = genesis(name)
  return {
    account_id: name.accountId,
    chain: name.chain,
    anchor_seq: 1,
    anchor: start,
    next_seq: 1,
    head: start,
    packed_seq: 1,
    bytes: 0,
    taken: 0,
  }
}

type Grown = Pick<ChainRow, 'account_id' | 'chain' | 'next_seq' | 'head' | 'bytes' | 'taken'>

const updateRow = prepareQuery((db, value: Bind<Grown>) =>
  db
    .updateTable('audit_chains')
    .set((row) => ({
      next_seq: value('next_seq'),
      head: value('head'),
      bytes: row('bytes', '+', value('bytes')),
      taken: value('taken'),
    }))
    .where('account_id', '=', value('account_id'))
    .where('chain', '=', value('chain')),
)

/** `bytes` are those that were added. */
export async function growChain(db: Db, grown: Grown): Promise<void> {
  await updateRow(db, grown)
}

/** Of all nodes that ever wrote one. */
export async function listChains(db: Db, accountId: string): Promise<ChainRow[]> {
  return await db
    .selectFrom('audit_chains')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('chain')
    .execute()
}

/** Every account's. */
export async function listAllChains(db: Db): Promise<ChainRow[]> {
  return await db.selectFrom('audit_chains').selectAll().orderBy('account_id').orderBy('chain').execute()
}

const selectFrom = prepareQuery(
  (db, value: Bind<{ accountId: string; chain: string; from: number; limit: number }>) =>
    db
      .selectFrom('audit_blocks')
      .selectAll()
      .where('account_id', '=', value('accountId'))
      .where('chain', '=', value('chain'))
      .where('first_seq', '>=', value('from'))
      .orderBy('first_seq')
      .limit(value('limit')),
)

/** That begin with the entry `from` or a later one, the oldest first. */
export async function listBlocksFrom(
  db: Db,
  { accountId, chain }: ChainName,
  { from, limit }: { from: number; limit: number },
): Promise<BlockRow[]> {
  return (await selectFrom(db, { accountId, chain, from, limit })).rows
}

const selectOldest = prepareQuery((db, value: Bind<ChainName>) =>
  db
    .selectFrom('audit_blocks')
    .select('newest_at')
    .where('account_id', '=', value('accountId'))
    .where('chain', '=', value('chain'))
    .orderBy('first_seq')
    .limit(1),
)

/** When the newest entry of the oldest block is from. Entries are left unread: there are hundreds in a block. */
export async function findOldest(db: Db, name: ChainName): Promise<Pick<BlockRow, 'newest_at'> | undefined> {
  return (await selectOldest(db, { ...name })).rows[0]
}

const selectBefore = prepareQuery(
  (db, value: Bind<{ accountId: string; chain: string; end: number; limit: number }>) =>
    db
      .selectFrom('audit_blocks')
      .selectAll()
      .where('account_id', '=', value('accountId'))
      .where('chain', '=', value('chain'))
      .where('first_seq', '<', value('end'))
      .orderBy('first_seq', 'desc')
      .limit(value('limit')),
)

/** That begin before the entry `end`, the newest first. */
export async function listBlocksBefore(
  db: Db,
  { accountId, chain }: ChainName,
  { end, limit }: { end: number; limit: number },
): Promise<BlockRow[]> {
  return (await selectBefore(db, { accountId, chain, end, limit })).rows
}

/** The first block with an entry of that moment or a later one: all that is older is before its end. */
export async function findBlockSince(
  db: Db,
  { accountId, chain }: ChainName,
  at: number,
): Promise<Pick<BlockRow, 'first_seq' | 'entries'> | undefined> {
  return await db
    .selectFrom('audit_blocks')
    .select(['first_seq', 'entries'])
    .where('account_id', '=', accountId)
    .where('chain', '=', chain)
    .where('newest_at', '>=', at)
    .orderBy('newest_at')
    .orderBy('first_seq')
    .limit(1)
    .executeTakeFirst()
}

const selectKeyed = prepareQuery(
  (db, value: Bind<{ accountId: string; chain: string; fingerprint: number; end: number; limit: number }>) =>
    db
      .selectFrom('audit_keys')
      .select('first_seq')
      .where('account_id', '=', value('accountId'))
      .where('fingerprint', '=', value('fingerprint'))
      .where('chain', '=', value('chain'))
      .where('first_seq', '<', value('end'))
      .orderBy('first_seq', 'desc')
      .limit(value('limit')),
)

/** Where the whole blocks begin that hold the key, before the entry `end`, the newest first. */
export async function listKeyed(
  db: Db,
  { accountId, chain }: ChainName,
  question: { fingerprint: number; end: number; limit: number },
): Promise<number[]> {
  const { rows } = await selectKeyed(db, { accountId, chain, ...question })
  return rows.map((row) => row.first_seq)
}

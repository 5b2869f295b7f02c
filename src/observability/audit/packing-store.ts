/**
 * The small blocks that commits leave behind become whole ones, which are found by their keys; and what is too old, or too
 * much, is forgotten from the front, so that what is left still hangs together.
 */
import { chunksOf } from '../../lib/chunks.ts'
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import { bytesOf, linesOf, wholeBlock } from './block.ts'
import { countHashes, hashAt, type ChainName } from './chain.ts'
import { fromLine } from './entry.ts'
import { keysOf } from './keys.ts'
import { findChain, findOldest, insertBlock, listBlocksFrom, type BlockRow, type ChainRow } from './store.ts'

/** Small blocks that make a whole one, and its keys. */
export interface Packed {
  block: BlockRow
  keys: readonly number[]
}

/** So many whole blocks are written together: of the pages that keys are spread over, most are written once then. */
export const blocksAPack = 4

/** The whole blocks that can be made of what begins at `packedSeq`, the first of them. What is read of it stays as it is. */
export async function readPacked(db: Db, name: ChainName, packedSeq: number): Promise<Packed[]> {
  const small = await listBlocksFrom(db, name, { from: packedSeq, limit: blocksAPack * wholeBlock })
  return cutWhole(small)
    .slice(0, blocksAPack)
    .map((block) => ({ block, keys: keysOfBlock(block) }))
}

function cutWhole(small: readonly BlockRow[]): BlockRow[] {
  const whole: BlockRow[] = []
  let taken: BlockRow[] = []
  let entries = 0
  for (const block of small) {
    taken.push(block)
    entries += block.entries
    if (entries < wholeBlock) continue
    whole.push(joined(block, taken, entries))
    taken = []
    entries = 0
  }
  return whole
}

const joined = (last: BlockRow, blocks: readonly BlockRow[], entries: number): BlockRow => ({
  ...last,
  first_seq: last.first_seq + last.entries - entries,
  entries,
  newest_at: Math.max(...blocks.map((one) => one.newest_at)),
  hashes: Buffer.concat(blocks.map(({ hashes }) => hashes)),
  lines: blocks.map(({ lines }) => lines).join(''),
})

/** Puts whole blocks in the place of what they are made of. Resolves with where the next one begins. */
export async function writePacked(db: Db, name: ChainName, packed: readonly Packed[]): Promise<number> {
  let next = 0
  for (const { block, keys } of packed) {
    next = block.first_seq + block.entries
    await deleteBlocks(db, name, { from: block.first_seq, end: next })
    await insertBlock(db, block)
    await insertKeys(db, block, keys)
  }
  await db
    .updateTable('audit_chains')
    .set({ packed_seq: next })
    .where('account_id', '=', name.accountId)
    .where('chain', '=', name.chain)
    .execute()
  return next
}

async function deleteBlocks(
  db: Db,
  { accountId, chain }: ChainName,
  { from, end }: { from: number; end: number },
): Promise<void> {
  await db
    .deleteFrom('audit_blocks')
    .where('account_id', '=', accountId)
    .where('chain', '=', chain)
    .where('first_seq', '>=', from)
    .where('first_seq', '<', end)
    .execute()
}

/** In the order of the index. */
const keysOfBlock = (block: BlockRow): number[] =>
  [...keysOf(linesOf(block).map(fromLine))].toSorted((a, b) => a - b)

type KeyRow = Tables['audit_keys']
type PlacedKeys = Omit<KeyRow, 'fingerprint'> & Record<`key${number}`, number>

const insertKey = prepareQuery((db, value: Bind<KeyRow>) =>
  db.insertInto('audit_keys').values(bindAll(value, ['account_id', 'fingerprint', 'chain', 'first_seq'])),
)

/** A block has hundreds, and a query as long as it has would be built and compiled anew for each block. */
const keysAtOnce = 64

const insertFullKeys = prepareQuery((db, value: Bind<PlacedKeys>) =>
  db.insertInto('audit_keys').values(
    Array.from({ length: keysAtOnce }, (_, place) => ({
      account_id: value('account_id'),
      fingerprint: value(`key${place}`),
      chain: value('chain'),
      first_seq: value('first_seq'),
    })),
  ),
)

async function insertKeys(db: Db, block: BlockRow, keys: readonly number[]): Promise<void> {
  const { account_id, chain, first_seq } = block
  const common = { account_id, chain, first_seq }
  for (const some of chunksOf(keys, keysAtOnce)) {
    const placed = Object.fromEntries(some.map((key, place) => [`key${place}`, key]))
    if (some.length === keysAtOnce) await insertFullKeys(db, { ...placed, ...common })
    else for (const fingerprint of some) await insertKey(db, { ...common, fingerprint })
  }
}

export interface Retention {
  /** Entries that are older go; epoch milliseconds. */
  before: number
  /** Of each chain. */
  maxBytes: number
}

/** So that no transaction takes long. */
const blocksAtOnce = 8

/**
 * Forgets whole blocks from the front that are too old or too many. Resolves with whether there may be more of them.
 * What was the last entry that is forgotten stays behind as the anchor: its hash, which the first one that is kept builds on.
 */
export async function pruneSome(db: Db, name: ChainName, { before, maxBytes }: Retention): Promise<boolean> {
  const chain = await findChain(db, name)
  const first = chain && (await findOldest(db, name))
  if (!first || (first.newest_at >= before && chain.bytes <= maxBytes)) return false
  const oldest = await listBlocksFrom(db, name, { from: chain.anchor_seq, limit: blocksAtOnce })
  const gone: BlockRow[] = []
  let bytes = chain.bytes
  for (const block of oldest) {
    if (block.first_seq >= chain.packed_seq || (block.newest_at >= before && bytes <= maxBytes)) break
    gone.push(block)
    bytes -= bytesOf(block)
  }
  const last = gone.at(-1)
  if (!last) return false
  for (const block of gone) await deleteKeys(db, block)
  const end = last.first_seq + last.entries
  await deleteBlocks(db, name, { from: 0, end })
  await moveAnchor(db, name, {
    anchor_seq: end,
    anchor: hashAt(last.hashes, countHashes(last.hashes) - 1),
    bytes,
  })
  return gone.length === blocksAtOnce
}

const deleteKey = prepareQuery((db, value: Bind<KeyRow>) =>
  db
    .deleteFrom('audit_keys')
    .where('account_id', '=', value('account_id'))
    .where('fingerprint', '=', value('fingerprint'))
    .where('chain', '=', value('chain'))
    .where('first_seq', '=', value('first_seq')),
)

async function deleteKeys(db: Db, block: BlockRow): Promise<void> {
  const { account_id, chain, first_seq } = block
  for (const fingerprint of keysOfBlock(block))
    await deleteKey(db, { account_id, fingerprint, chain, first_seq })
}

async function moveAnchor(
  db: Db,
  { accountId, chain }: ChainName,
  anchor: Pick<ChainRow, 'anchor_seq' | 'anchor' | 'bytes'>,
): Promise<void> {
  await db
    .updateTable('audit_chains')
    .set(anchor)
    .where('account_id', '=', accountId)
    .where('chain', '=', chain)
    .execute()
}

/**
 * The small blocks that commits leave behind become whole ones, which are found by their keys; and what is too old, or too
 * much, is forgotten from the front, so that what is left still hangs together.
 */
import type { Db } from '../../store/index.ts'
import { bytesOf, linesOf, wholeBlock } from './block.ts'
import { countHashes, hashAt, type ChainName } from './chain.ts'
import { fromLine } from './entry.ts'
import { keysOf } from './keys.ts'
import { findChain, insertBlock, listBlocksFrom, type BlockRow, type ChainRow } from './store.ts'

/** Makes one whole block of what begins at `packedSeq`. Resolves with where the next one begins; the same: too little is there. */
export async function packOne(db: Db, name: ChainName, packedSeq: number): Promise<number> {
  const small = await listBlocksFrom(db, name, { from: packedSeq, limit: wholeBlock })
  const taken: BlockRow[] = []
  let entries = 0
  for (const block of small) {
    if (entries >= wholeBlock) break
    taken.push(block)
    entries += block.entries
  }
  const [first] = taken
  if (!first || entries < wholeBlock) return packedSeq
  const block: BlockRow = {
    ...first,
    entries,
    newest_at: Math.max(...taken.map((one) => one.newest_at)),
    hashes: Buffer.concat(taken.map(({ hashes }) => hashes)),
    lines: taken.map(({ lines }) => lines).join(''),
  }
  const next = first.first_seq + entries
  await deleteBlocks(db, name, { from: first.first_seq, end: next })
  await insertBlock(db, block)
  await insertKeys(db, block)
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

async function insertKeys(db: Db, block: BlockRow): Promise<void> {
  const { account_id, chain, first_seq } = block
  await db
    .insertInto('audit_keys')
    .values(keysOfBlock(block).map((fingerprint) => ({ account_id, fingerprint, chain, first_seq })))
    .execute()
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
  if (!chain) return false
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

async function deleteKeys(db: Db, block: BlockRow): Promise<void> {
  for (const fingerprint of keysOfBlock(block))
    await db
      .deleteFrom('audit_keys')
      .where('account_id', '=', block.account_id)
      .where('fingerprint', '=', fingerprint)
      .where('chain', '=', block.chain)
      .where('first_seq', '=', block.first_seq)
      .execute()
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

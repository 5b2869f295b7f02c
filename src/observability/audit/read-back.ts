/** Entries of one chain from the newest back: those in small blocks, and then those that the index points to. */
import { inPieces } from '../../lib/turn-of-others.ts'
import type { Db } from '../../store/index.ts'
import type { ChainName } from './chain.ts'
import { fromLine, type StoredEntry } from './entry.ts'
import { linesOf } from './block.ts'
import { findBlockSince, listBlocksBefore, listKeyed, type BlockRow, type ChainRow } from './store.ts'

export interface ReadQuestion {
  chain: ChainRow
  /** Only whole blocks with this key. */
  fingerprint?: number | undefined
  /** Entries with lower numbers are asked for. */
  end: number
}

/** What was read of one block. */
export interface ReadBlock {
  /** Newest first. */
  entries: StoredEntry[]
  /** Of entries with this number or a higher one those that may pass have been given. */
  downTo: number
  newestAt: number
}

const blocksAPage = 16

export async function* readBack(
  db: Db,
  { chain, fingerprint, end }: ReadQuestion,
): AsyncGenerator<ReadBlock> {
  const name: ChainName = { accountId: chain.account_id, chain: chain.chain }
  const packedSeq = fingerprint === undefined ? 0 : chain.packed_seq
  const pause = inPieces()
  let before = end
  while (before > packedSeq) {
    const page = await listBlocksBefore(db, name, { end: before, limit: blocksAPage })
    for (const block of page) {
      if (block.first_seq < packedSeq) break
      await pause()
      yield toRead(block, before) // which may have become a whole one meanwhile
      before = block.first_seq
    }
    if (page.length < blocksAPage || (page.at(-1)?.first_seq ?? 0) < packedSeq) break
  }
  if (fingerprint === undefined) return
  for (let below = Math.min(end, chain.packed_seq); ;) {
    const starts = await listKeyed(db, name, { fingerprint, end: below, limit: blocksAPage })
    for (const first of starts) {
      const [block] = await listBlocksBefore(db, name, { end: first + 1, limit: 1 })
      if (block?.first_seq === first) yield toRead(block, end)
      below = first
      await pause()
    }
    if (starts.length < blocksAPage) return
  }
}

function toRead(block: BlockRow, end: number): ReadBlock {
  const { account_id: accountId, chain, first_seq } = block
  const entries = linesOf(block).map((line, place): StoredEntry => ({
    ...fromLine(line),
    accountId,
    chain,
    seq: first_seq + place,
  }))
  return {
    entries: entries.filter(({ seq }) => seq < end).toReversed(),
    downTo: first_seq,
    newestAt: block.newest_at,
  }
}

/** A number that all entries until that moment are below, not far above the last of them. */
export async function findEnd(db: Db, chain: ChainRow, until: Date): Promise<number> {
  const name = { accountId: chain.account_id, chain: chain.chain }
  const block = await findBlockSince(db, name, until.getTime() + 1)
  return block ? block.first_seq + block.entries : chain.next_seq
}

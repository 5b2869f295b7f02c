/** Reads the whole record of calls, and says where it is not as it was written. */
import type { Db } from '../../store/index.ts'
import { countHashes, hashAt, linkOf } from './chain.ts'
import { fromLine } from './entry.ts'
import { linesOf } from './block.ts'
import { listAllChains, listBlocksFrom, type BlockRow, type ChainRow } from './store.ts'

export interface VerifiedChain {
  accountId: string
  chain: string
  /** Of the oldest entry that is kept. */
  firstSeq: number
  /** Entries that were read. */
  entries: number
  /** The hash of the last entry: noted elsewhere, it proves later what was there today. */
  head: string
  lastSeq: number
  /** For a person, the oldest first; no more than `maxFaults`. */
  faults: string[]
  /** Whether the hash that was asked for is one of this chain's. */
  hasExpected: boolean
}

const maxFaults = 20
const blocksAtOnce = 8

/** `expected`: a hash that was a head before. */
export async function verifyChains(db: Db, expected?: string): Promise<VerifiedChain[]> {
  const verified: VerifiedChain[] = []
  for (const chain of await listAllChains(db)) verified.push(await verifyChain(db, chain, expected))
  return verified
}

/** Goes along a chain. */
interface Walk {
  seq: number
  previous: string
  result: VerifiedChain
  expected: string | undefined
}

async function verifyChain(db: Db, row: ChainRow, expected: string | undefined): Promise<VerifiedChain> {
  const name = { accountId: row.account_id, chain: row.chain }
  const result = {
    ...name,
    firstSeq: row.anchor_seq,
    entries: 0,
    head: '',
    lastSeq: 0,
    faults: [],
    hasExpected: false,
  }
  const walk: Walk = { seq: row.anchor_seq, previous: row.anchor, result, expected }
  for (let from = 0; ;) {
    const blocks = await listBlocksFrom(db, name, { from, limit: blocksAtOnce })
    for (const block of blocks) verifyBlock(walk, block)
    const last = blocks.at(-1)
    if (!last) break
    from = last.first_seq + 1
  }
  result.head = walk.previous
  result.lastSeq = walk.seq - 1
  if (row.next_seq > walk.seq)
    fault(walk, `the entries ${walk.seq} to ${row.next_seq - 1}, the last ones, are missing`)
  else if (row.next_seq < walk.seq)
    fault(walk, `the entries ${row.next_seq} to ${walk.seq - 1} were put in at the end`)
  else if (row.head !== walk.previous) fault(walk, 'the hash that the chain is said to end with was changed')
  return result
}

function fault({ result }: Walk, text: string): void {
  if (result.faults.length < maxFaults) result.faults.push(text)
}

function verifyBlock(walk: Walk, block: BlockRow): void {
  if (block.first_seq > walk.seq) {
    fault(walk, `the entries ${walk.seq} to ${block.first_seq - 1} are missing`)
  } else if (block.first_seq < walk.seq) {
    fault(walk, `the entries from ${block.first_seq} are there twice, or were put in`)
  }
  walk.seq = block.first_seq
  const lines = linesOf(block)
  if (lines.length !== block.entries || countHashes(block.hashes) !== block.entries)
    fault(
      walk,
      `the block of the entries ${block.first_seq} to ${block.first_seq + block.entries - 1} holds ${lines.length} lines and ${countHashes(block.hashes)} hashes`,
    )
  if (!block.lines.endsWith('\n'))
    fault(walk, `the entry ${block.first_seq + lines.length} was cut off or put in`)
  for (const [place, line] of lines.entries()) verifyLine(walk, { line, hash: hashAt(block.hashes, place) })
  verifyTime(walk, block, lines)
}

function verifyLine(walk: Walk, { line, hash }: { line: string; hash: string }): void {
  const { seq, previous, result, expected } = walk
  if (linkOf(previous, line) !== hash)
    fault(walk, `the entry ${seq} was changed, or is not the one that followed`)
  if (hash === expected) result.hasExpected = true
  walk.previous = hash
  walk.seq += 1
  result.entries += 1
}

/** It decides what a question for a time finds. */
function verifyTime(walk: Walk, block: BlockRow, lines: readonly string[]): void {
  const times = lines.map(timeOf).filter((time) => time !== undefined)
  if (times.length === lines.length && Math.max(...times) !== block.newest_at)
    fault(walk, `the time of the block that begins with the entry ${block.first_seq} was changed`)
}

/** Undefined for what is no entry any more. */
function timeOf(line: string): number | undefined {
  try {
    return fromLine(line).at
  } catch {
    return undefined
  }
}

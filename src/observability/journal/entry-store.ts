import { fingerprint } from '../../lib/fingerprint.ts'
import { inPieces } from '../../lib/turn-of-others.ts'
import { prepareQuery, type Bind, type Db } from '../../store/index.ts'
import { entriesOf, mayMention, type Block } from './block.ts'
import type { StoredEntry } from './entry.ts'
import { findStartOfBlock } from './start-of-block-store.ts'
import { findIndexed, listMentions } from './subject-store.ts'

type WholeBlock = Pick<Block, 'firstEntryId' | 'newestAt' | 'subjects' | 'lines'>

/** What was read of one block. */
export interface ReadBack {
  /** Newest first. */
  entries: StoredEntry[]
  /** Of all entries with this id or a higher one those that were asked for have been given. */
  downTo: number
  /** No entry of the block is later; epoch milliseconds. */
  newestAt: number
}

interface Question {
  accountId: string
  /** A certificate id, client id, or thing name. */
  subject?: string | undefined
  /** Entries with lower ids are asked for. */
  end: number
}

/**
 * Entries from the newest back, block by block: those that are not indexed yet, and then those that the index points
 * to. Nothing may be written meanwhile. Others get their turn between blocks.
 */
export async function* readBack(db: Db, { accountId, subject, end }: Question): AsyncGenerator<ReadBack> {
  const indexed = subject === undefined ? undefined : await findIndexed(db, accountId)
  const nextIndexed = indexed?.nextEntryId ?? 0
  const pause = inPieces()
  for await (const block of newestBlocks(db, { accountId, downTo: nextIndexed, end })) {
    await pause()
    if (subject !== undefined && !mayMention(block.subjects, subject)) continue
    const whole = { ...block, lines: await readLines(db, accountId, block.firstEntryId) }
    const entries = entriesOf(whole, { accountId, subject })
    yield {
      entries: entries.filter(({ entryId }) => entryId >= nextIndexed && entryId < end).toReversed(),
      downTo: Math.max(block.firstEntryId, nextIndexed),
      newestAt: block.newestAt,
    }
  }
  if (subject !== undefined && indexed !== undefined) yield* readMentioned(db, { accountId, subject, end })
}

async function* readMentioned(
  db: Db,
  { accountId, subject, end }: Question & { subject: string },
): AsyncGenerator<ReadBack> {
  const pause = inPieces()
  let block: WholeBlock | undefined
  for await (const id of listMentions(db, accountId, { fingerprint: fingerprint(subject), end })) {
    await pause()
    if (!block || id < block.firstEntryId) {
      block = await findBlockWith(db, accountId, id)
      if (!block) return // pruned, and so is what is older
    }
    const entries = entriesOf(block, { accountId, subject }).filter(({ entryId }) => entryId === id)
    yield { entries, downTo: id, newestAt: block.newestAt }
  }
}

const blocksAPage = 16

interface BlockPage {
  accountId: string
  from: number
  before: number
}

const selectBlocks = prepareQuery((db, value: Bind<BlockPage>) =>
  db
    .selectFrom('journal_blocks')
    .select(['first_entry_id as firstEntryId', 'newest_at as newestAt', 'subjects'])
    .where('account_id', '=', value('accountId'))
    .where('first_entry_id', '>=', value('from'))
    .where('first_entry_id', '<', value('before'))
    .orderBy('first_entry_id', 'desc')
    .limit(blocksAPage),
)

/** Newest first, down to the one with the entry of that id; its lines are read when they are needed. */
async function* newestBlocks(
  db: Db,
  { accountId, downTo, end }: { accountId: string; downTo: number; end: number },
): AsyncGenerator<Omit<WholeBlock, 'lines'>> {
  if (end <= downTo) return
  const from = downTo === 0 ? 0 : ((await findStartOfBlock(db, accountId, downTo)) ?? downTo)
  let before = Math.min(end, Number.MAX_SAFE_INTEGER)
  for (;;) {
    const { rows: page } = await selectBlocks(db, { accountId, from, before })
    yield* page
    before = page.at(-1)?.firstEntryId ?? from
    if (page.length < blocksAPage) return
  }
}

async function readLines(db: Db, accountId: string, firstEntryId: number): Promise<string> {
  const { lines } = await db
    .selectFrom('journal_blocks')
    .select('lines')
    .where('account_id', '=', accountId)
    .where('first_entry_id', '=', firstEntryId)
    .executeTakeFirstOrThrow()
  return lines
}

const selectBlockWith = prepareQuery((db, value: Bind<{ accountId: string; entryId: number }>) =>
  db
    .selectFrom('journal_blocks')
    .select(['first_entry_id as firstEntryId', 'newest_at as newestAt', 'subjects', 'lines'])
    .where('account_id', '=', value('accountId'))
    .where('first_entry_id', '<=', value('entryId'))
    .orderBy('first_entry_id', 'desc')
    .limit(1),
)

/** The block with the entry of that id, if there is none the one before it. */
export async function findBlockWith(
  db: Db,
  accountId: string,
  entryId: number,
): Promise<WholeBlock | undefined> {
  return (await selectBlockWith(db, { accountId, entryId })).rows[0]
}

/**
 * An id that all entries before that moment are below, not far above the last of them. Entries are written in the order of
 * their times, so this takes about twenty steps in the index; of a clock that was set back it may tell too little.
 */
export async function findEndBefore(db: Db, accountId: string, before: Date): Promise<number> {
  let [low, high, end] = [0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  const newest = await findSpan(db, accountId, high)
  if (!newest || newest.newestAt < before.getTime()) return end
  ;[high, end] = [newest.firstEntryId, newest.nextEntryId]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const block = await findSpan(db, accountId, middle)
    if (!block || block.newestAt < before.getTime())
      low = block ? Math.max(block.nextEntryId, middle + 1) : middle + 1
    else [high, end] = [block.firstEntryId, block.nextEntryId]
  }
  return end
}

/** Without what is in it. */
async function findSpan(db: Db, accountId: string, entryId: number) {
  const block = await db
    .selectFrom('journal_blocks')
    .select(['first_entry_id as firstEntryId', 'entries', 'newest_at as newestAt'])
    .where('account_id', '=', accountId)
    .where('first_entry_id', '<=', entryId)
    .orderBy('first_entry_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return block && { ...block, nextEntryId: block.firstEntryId + block.entries }
}

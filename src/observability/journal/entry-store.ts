import { setImmediate as nextTurn } from 'node:timers/promises'
import { fingerprint } from '../../lib/fingerprint.ts'
import type { Db } from '../../store/index.ts'
import { entriesOf, mayMention, type Block } from './block.ts'
import type { StoredEntry } from './entry.ts'
import { findIndexed, listMentions } from './subject-store.ts'

/** What a question about one device asks for; `subject` is a certificate id, client id, or thing name. */
export interface JournalQuestion {
  accountId: string
  subject?: string
  /** At most this many of the newest entries. */
  limit: number
}

type WholeBlock = Pick<Block, 'firstEntryId' | 'subjects' | 'lines'>

/** Oldest first. Nothing may be written meanwhile. Others get their turn between blocks. */
export async function listEntries(db: Db, question: JournalQuestion): Promise<StoredEntry[]> {
  const newestFirst: StoredEntry[] = []
  for await (const entry of newestEntries(db, question)) {
    newestFirst.push(entry)
    if (newestFirst.length === question.limit) break
  }
  return newestFirst.toReversed()
}

/** Looks through the blocks that are not indexed yet, and then where the index points to. */
async function* newestEntries(
  db: Db,
  { accountId, subject }: Pick<JournalQuestion, 'accountId' | 'subject'>,
): AsyncGenerator<StoredEntry> {
  const indexed = subject === undefined ? undefined : await findIndexed(db, accountId)
  const nextIndexed = indexed?.nextEntryId ?? 0
  for await (const block of newestBlocks(db, { accountId, downTo: nextIndexed })) {
    if (subject !== undefined && !mayMention(block.subjects, subject)) continue
    const whole = { ...block, lines: await readLines(db, accountId, block.firstEntryId) }
    const entries = entriesOf(whole, { accountId, subject })
    yield* entries.filter(({ entryId }) => entryId >= nextIndexed).toReversed()
  }
  if (subject === undefined || indexed === undefined) return
  let block: WholeBlock | undefined
  for await (const id of listMentions(db, accountId, fingerprint(subject))) {
    if (!block || id < block.firstEntryId) {
      block = await findBlockWith(db, accountId, id)
      if (!block) return // pruned, and so is what is older
      await nextTurn()
    }
    yield* entriesOf(block, { accountId, subject }).filter(({ entryId }) => entryId === id)
  }
}

const blocksAPage = 16

/** Newest first, down to the one with the entry of that id; its lines are read when they are needed. */
async function* newestBlocks(
  db: Db,
  { accountId, downTo }: { accountId: string; downTo: number },
): AsyncGenerator<Omit<WholeBlock, 'lines'>> {
  let before = Number.MAX_SAFE_INTEGER
  while (before > downTo) {
    const page = await db
      .selectFrom('journal_blocks')
      .select(['first_entry_id as firstEntryId', 'subjects'])
      .where('account_id', '=', accountId)
      .where('first_entry_id', '<', before)
      .orderBy('first_entry_id', 'desc')
      .limit(blocksAPage)
      .execute()
    for (const block of page) {
      yield block
      before = block.firstEntryId
      if (before <= downTo) return
    }
    if (page.length < blocksAPage) return
    await nextTurn()
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

/** The block with the entry of that id, if there is none the one before it. */
export async function findBlockWith(
  db: Db,
  accountId: string,
  entryId: number,
): Promise<WholeBlock | undefined> {
  return db
    .selectFrom('journal_blocks')
    .select(['first_entry_id as firstEntryId', 'subjects', 'lines'])
    .where('account_id', '=', accountId)
    .where('first_entry_id', '<=', entryId)
    .orderBy('first_entry_id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

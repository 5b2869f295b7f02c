import { setImmediate as nextTurn } from 'node:timers/promises'
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import { entriesOf, mayMention, type Block } from './block.ts'
import type { StoredEntry } from './entry.ts'

const insertRow = prepareQuery((db, value: Bind<Tables['journal_blocks']>) =>
  db
    .insertInto('journal_blocks')
    .values(bindAll(value, ['account_id', 'first_entry_id', 'entries', 'newest_at', 'subjects', 'lines'])),
)

export async function insertBlock(db: Db, accountId: string, block: Block): Promise<void> {
  await insertRow(db, {
    account_id: accountId,
    first_entry_id: block.firstEntryId,
    entries: block.entries,
    newest_at: block.newestAt,
    subjects: block.subjects,
    lines: block.lines,
  })
}

/** The newest so many blocks, the oldest of them first; they are deleted. */
export async function takeNewestBlocks(db: Db, accountId: string, count: number): Promise<Block[]> {
  const rows = await db
    .selectFrom('journal_blocks')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('first_entry_id', 'desc')
    .limit(count)
    .execute()
  const oldest = rows.at(-1)
  if (!oldest) return []
  await db
    .deleteFrom('journal_blocks')
    .where('account_id', '=', accountId)
    .where('first_entry_id', '>=', oldest.first_entry_id)
    .execute()
  return rows.toReversed().map((row) => ({
    firstEntryId: row.first_entry_id,
    entries: row.entries,
    newestAt: row.newest_at,
    subjects: row.subjects,
    lines: row.lines,
  }))
}

/** The newest so many blocks, the oldest of them first. */
export async function listBlockSizes(
  db: Db,
  accountId: string,
  count: number,
): Promise<Pick<Block, 'firstEntryId' | 'entries'>[]> {
  const rows = await db
    .selectFrom('journal_blocks')
    .select(['first_entry_id as firstEntryId', 'entries'])
    .where('account_id', '=', accountId)
    .orderBy('first_entry_id', 'desc')
    .limit(count)
    .execute()
  return rows.toReversed()
}

/** What a question about one device asks for; `subject` is a certificate id, client id, or thing name. */
export interface JournalQuestion {
  accountId: string
  subject?: string
  /** At most this many of the newest entries. */
  limit: number
}

const blocksAPage = 64

/** Oldest first. Nothing may be written meanwhile. Others get their turn between pages. */
export async function listEntries(
  db: Db,
  { accountId, subject, limit }: JournalQuestion,
): Promise<StoredEntry[]> {
  const newestFirst: StoredEntry[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const page = await db
      .selectFrom('journal_blocks')
      .select(['first_entry_id as firstEntryId', 'subjects'])
      .where('account_id', '=', accountId)
      .where('first_entry_id', '<', before)
      .orderBy('first_entry_id', 'desc')
      .limit(blocksAPage)
      .execute()
    for (const { firstEntryId, subjects } of page) {
      if (subject !== undefined && !mayMention(subjects, subject)) continue
      const lines = await readLines(db, accountId, firstEntryId)
      newestFirst.push(...entriesOf({ firstEntryId, subjects, lines }, { accountId, subject }).toReversed())
      if (newestFirst.length >= limit) return newestFirst.slice(0, limit).toReversed()
    }
    const last = page.at(-1)
    if (!last || page.length < blocksAPage) return newestFirst.toReversed()
    before = last.firstEntryId
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

/** Deletes blocks that are older than `before`, and the oldest ones of each account that has more than `maxEntries`. */
export async function pruneBlocks(
  db: Db,
  { before, maxEntries }: { before: Date; maxEntries: number },
): Promise<void> {
  await db.deleteFrom('journal_blocks').where('newest_at', '<', before.getTime()).execute()
  const accounts = await db.selectFrom('journal_blocks').select('account_id').distinct().execute()
  for (const { account_id: accountId } of accounts) {
    const sizes = await listBlockSizes(db, accountId, maxEntries)
    let kept = 0
    const excess = sizes.findLast(({ entries }) => (kept += entries) > maxEntries)
    if (!excess) continue
    await db
      .deleteFrom('journal_blocks')
      .where('account_id', '=', accountId)
      .where('first_entry_id', '<=', excess.firstEntryId)
      .execute()
  }
}

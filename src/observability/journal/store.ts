import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import type { Block } from './block.ts'

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

/** Deletes blocks that are older than `before`, and the oldest ones of each account that has more than `maxEntries`. */
export async function pruneBlocks(
  db: Db,
  { before, maxEntries }: { before: Date; maxEntries: number },
): Promise<void> {
  await db.deleteFrom('journal_blocks').where('newest_at', '<', before.getTime()).execute()
  for (let accountId = await nextAccount(db, ''); accountId !== undefined;) {
    const [last] = await listBlockSizes(db, accountId, 1)
    if (last) await deleteBlocks(db, accountId, last.firstEntryId + last.entries - maxEntries)
    accountId = await nextAccount(db, accountId)
  }
}

/** Those that begin before the entry of this id: entries are numbered without gaps. */
async function deleteBlocks(db: Db, accountId: string, entryId: number): Promise<void> {
  await db
    .deleteFrom('journal_blocks')
    .where('account_id', '=', accountId)
    .where('first_entry_id', '<', entryId)
    .execute()
}

/** Goes from one account to the next, past the blocks of each. */
async function nextAccount(db: Db, after: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('journal_blocks')
    .select('account_id as accountId')
    .where('account_id', '>', after)
    .orderBy('account_id')
    .limit(1)
    .executeTakeFirst()
  return row?.accountId
}

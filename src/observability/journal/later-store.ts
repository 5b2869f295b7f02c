/** What was written after a known entry, for those who follow the journal. */
import { inPieces } from '../../lib/turn-of-others.ts'
import type { Db } from '../../store/index.ts'
import { entriesOf } from './block.ts'
import type { StoredEntry } from './entry.ts'
import { findStartOfBlock } from './start-of-block-store.ts'

export interface LaterQuestion {
  accountId: string
  /** An entry id; entries with higher ones are asked for. */
  after: number
  limit: number
}

/** Nothing may be written meanwhile. Others get their turn between blocks. */
export async function listEntriesAfter(db: Db, question: LaterQuestion): Promise<StoredEntry[]> {
  const { accountId, after, limit } = question
  const found: StoredEntry[] = []
  const pause = inPieces()
  let next = (await findStartOfBlock(db, accountId, after + 1)) ?? 0
  while (found.length < limit) {
    const block = await db
      .selectFrom('journal_blocks')
      .select(['first_entry_id as firstEntryId', 'entries', 'subjects', 'lines'])
      .where('account_id', '=', accountId)
      .where('first_entry_id', '>=', next)
      .orderBy('first_entry_id')
      .limit(1)
      .executeTakeFirst()
    if (!block) break
    found.push(...entriesOf(block, { accountId }).filter(({ entryId }) => entryId > after))
    next = block.firstEntryId + block.entries
    await pause()
  }
  return found.slice(0, limit)
}

export async function newestEntryId(db: Db, accountId: string): Promise<number> {
  const block = await db
    .selectFrom('journal_blocks')
    .select(['first_entry_id as firstEntryId', 'entries'])
    .where('account_id', '=', accountId)
    .orderBy('first_entry_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return block ? block.firstEntryId + block.entries - 1 : 0
}

import { inPieces } from '../../lib/turn-of-others.ts'
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import { entriesOf } from './block.ts'
import type { JournalEntry, StoredEntry } from './entry.ts'
import { findBlockWith } from './entry-store.ts'
import { isRefusal } from './refusals.ts'

const insertRow = prepareQuery((db, value: Bind<Tables['journal_refusals']>) =>
  db.insertInto('journal_refusals').values(bindAll(value, ['account_id', 'entry_id', 'source_ip'])),
)

/** Of the entries that are written under the ids from `firstEntryId` on, those that are refusals. */
export async function insertRefusals(
  db: Db,
  { accountId, firstEntryId }: { accountId: string; firstEntryId: number },
  entries: readonly JournalEntry[],
): Promise<void> {
  for (const [place, entry] of entries.entries()) {
    if (!isRefusal(entry)) continue
    await insertRow(db, {
      account_id: accountId,
      entry_id: firstEntryId + place,
      source_ip: entry.sourceIp,
    })
  }
}

export interface RefusalsQuestion {
  accountId: string
  /** In canonical form; refusals from everywhere when absent. */
  address?: string | undefined
  /** At most this many, the newest. */
  limit: number
}

/** Oldest first. Nothing may be written meanwhile. Others get their turn between blocks. */
export async function listRefusals(db: Db, question: RefusalsQuestion): Promise<StoredEntry[]> {
  const { accountId } = question
  const newestFirst: StoredEntry[] = []
  const pause = inPieces()
  let block: StoredEntry[] = []
  for (const entryId of await listEntryIds(db, question)) {
    if (entryId < (block[0]?.entryId ?? Infinity)) {
      await pause()
      const found = await findBlockWith(db, accountId, entryId)
      block = found ? entriesOf(found, { accountId }) : []
    }
    const entry = block[entryId - (block[0]?.entryId ?? 0)]
    if (entry) newestFirst.push(entry)
  }
  return newestFirst.toReversed()
}

/** Newest first. */
async function listEntryIds(db: Db, { accountId, address, limit }: RefusalsQuestion): Promise<number[]> {
  let query = db.selectFrom('journal_refusals').select('entry_id').where('account_id', '=', accountId)
  if (address !== undefined) query = query.where('source_ip', '=', address)
  const rows = await query.orderBy('entry_id', 'desc').limit(limit).execute()
  return rows.map((row) => row.entry_id)
}

/** Deletes those whose entries are gone: the oldest of each account. */
export async function pruneRefusals(db: Db): Promise<void> {
  for await (const accountId of accountsWithRefusals(db)) {
    const oldest = await db
      .selectFrom('journal_blocks')
      .select('first_entry_id')
      .where('account_id', '=', accountId)
      .orderBy('first_entry_id')
      .limit(1)
      .executeTakeFirst()
    let gone = db.deleteFrom('journal_refusals').where('account_id', '=', accountId)
    if (oldest) gone = gone.where('entry_id', '<', oldest.first_entry_id)
    await gone.execute()
  }
}

/** One step in the index for each. */
async function* accountsWithRefusals(db: Db): AsyncGenerator<string> {
  let after = ''
  for (;;) {
    const row = await db
      .selectFrom('journal_refusals')
      .select('account_id')
      .where('account_id', '>', after)
      .orderBy('account_id')
      .limit(1)
      .executeTakeFirst()
    if (!row) return
    yield (after = row.account_id)
  }
}

/** Pages of the journal, from the newest entry back. */
import type { Db } from '../../store/index.ts'
import { fullBlock } from './block-sizes.ts'
import type { StoredEntry } from './entry.ts'
import { findEndBefore, readBack } from './entry-store.ts'
import { isWanted, type EntryFilter } from './filter.ts'

/** What a question asks for; `subject` is a certificate id, client id, or thing name. */
export interface JournalQuestion {
  accountId: string
  subject?: string | undefined
  /** At most this many of the newest entries. */
  limit: number
  filter?: EntryFilter | undefined
  /** The `marker` of the page before: entries with lower ids are asked for. */
  marker?: number | undefined
}

export interface JournalPage {
  /** Oldest first. */
  entries: StoredEntry[]
  /** Where the page of what is older begins; absent when there is nothing else. */
  marker?: number
}

/**
 * A page with a filter reads no more full blocks, however few entries pass it: what a block holds is known only once it is read. An
 * earlier version made larger ones, which count for several.
 */
export const maxFilteredBlocks = 256

/** Nothing may be written meanwhile. Others get their turn between blocks. */
export async function listEntries(db: Db, question: JournalQuestion): Promise<JournalPage> {
  const { accountId, subject, limit, filter = {}, marker = Number.MAX_SAFE_INTEGER } = question
  const end = filter.before ? Math.min(marker, await findEndBefore(db, accountId, filter.before)) : marker
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  const newestFirst: StoredEntry[] = []
  let blocks = 0
  for await (const { entries, downTo, newestAt } of readBack(db, { accountId, subject, end })) {
    if (filter.after !== undefined && newestAt < filter.after.getTime()) break
    const wanted = entries.filter((entry) => isWanted(entry, filter)).slice(0, limit - newestFirst.length)
    newestFirst.push(...wanted)
    const isFull = newestFirst.length === limit
    blocks += Math.max(1, entries.length / fullBlock)
    if (isFull || (isFiltered && blocks >= maxFilteredBlocks))
      return toPage(newestFirst, isFull ? (newestFirst.at(-1)?.entryId ?? downTo) : downTo)
  }
  return { entries: newestFirst.toReversed() }
}

/** Ids begin at 1, so there is nothing before that. */
const toPage = (newestFirst: StoredEntry[], marker: number): JournalPage => ({
  entries: newestFirst.toReversed(),
  ...(marker > 1 && { marker }),
})

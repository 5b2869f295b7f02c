import { createLog } from '../../../lib/log.ts'
import type { Store } from '../../../store/index.ts'
import { openJournal, type Journal, type JournalEntry } from '../index.ts'

export const accountId = '000000000000'
/** When all entries of tests were made, if they do not say otherwise; and now. */
export const at = new Date('2026-01-02T03:04:05.678Z')

export const openTestJournal = (
  store: Store,
  maxEntries = 1000,
  hear: (entry: JournalEntry) => void = () => {},
): Journal =>
  openJournal({ store, log: createLog('silent'), now: () => at, maxEntries, maxAgeDays: 30, hear })

export const entry = (changes: Partial<JournalEntry> = {}): JournalEntry => ({
  accountId,
  code: 'connected',
  at,
  ...changes,
})

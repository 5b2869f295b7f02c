/** Entries that were written one after the other: see `src/observability/journal/block.ts`. */
interface JournalBlockRow {
  account_id: string
  /** Sorts by time. */
  first_entry_id: number
  entries: number
  newest_at: number
  subjects: Uint8Array
  lines: string
}

export interface JournalTables {
  journal_blocks: JournalBlockRow
}

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

/** An entry that says who was kept out, by where it came from: see `src/observability/journal/refusals.ts`. */
interface JournalRefusalRow {
  account_id: string
  entry_id: number
  source_ip: string
}

export interface JournalTables {
  journal_blocks: JournalBlockRow
  journal_refusals: JournalRefusalRow
}

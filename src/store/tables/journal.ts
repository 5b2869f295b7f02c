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

/** Where subjects are mentioned: see `src/observability/journal/subject-index.ts`. */
interface JournalSubjectsRow {
  account_id: string
  /** How many ids there are in the span. */
  span: number
  bucket: number
  /** Of the span. */
  first_entry_id: number
  mentions: Uint8Array
}

/** What is in the index. */
interface JournalIndexedRow {
  account_id: string
  first_entry_id: number
  next_entry_id: number
}

export interface JournalTables {
  journal_subjects: JournalSubjectsRow
  journal_indexed: JournalIndexedRow
  journal_blocks: JournalBlockRow
  journal_refusals: JournalRefusalRow
}

import type { Migration } from 'kysely/migration'

/**
 * Spans of the index of the journal may begin where those of before did not: nothing changes for what there is, but no node of an
 * earlier version may write beside one of this (decision 0044).
 */
export const journalSpans: Migration = {
  async up() {},
}

import type { Migration } from 'kysely/migration'

/** Pieces of the index have half the size; entries of before are indexed again as new ones come. */
export const journalSubjectsAnew: Migration = {
  async up(db) {
    await db.deleteFrom('journal_subjects').execute()
    await db.deleteFrom('journal_indexed').execute()
  },
}

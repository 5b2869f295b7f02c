import type { JournalEntry } from '../../api/events.ts'

/** The name by which an entry's device is found again. */
export const subjectOf = (entry: JournalEntry): string | undefined =>
  entry.certificateId ?? entry.clientId ?? entry.thingName

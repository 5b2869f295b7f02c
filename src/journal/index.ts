export { reasonCodes, type JournalCode } from './codes.ts'
export type { JournalEntry, RecordEntry } from './entry.ts'

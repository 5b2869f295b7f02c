export { reasonCodes, type JournalCode } from './codes.ts'
export type { JournalEntry, RecordEntry } from './entry.ts'
export { renderReport, type CertificateReport, type DeviceReport } from './explain.ts'
export { openJournal, type Journal } from './journal.ts'

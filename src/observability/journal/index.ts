export { reasonCodes, type JournalCode } from './codes.ts'
export type { JournalEntry, RecordEntry, RecordWith } from './entry.ts'
export {
  renderRefusals,
  renderReport,
  type CertificateReport,
  type DeviceReport,
  type RefusalsReport,
  type SessionReport,
} from './explain.ts'
export { handshakeErrors } from './handshake-errors.ts'
export { openJournal, type Journal } from './journal.ts'
export type { JournalQuestion } from './list-entries.ts'
export { addReports, JournalStats, type StatsReport } from './stats.ts'
export { recordStrangers } from './few-of-each.ts'
export { canonicalAddress } from './refusals.ts'

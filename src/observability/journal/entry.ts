import type { Db } from '../../store/index.ts'
import type { JournalCode } from './codes.ts'

/** One decision about a device. Details never hold keys, secrets, or payloads. */
export interface JournalEntry {
  accountId: string
  code: JournalCode
  at: Date
  certificateId?: string
  caCertificateId?: string
  clientId?: string
  thingName?: string
  sourceIp?: string
  /** What decided, in small named facts, e.g. `{ action, resource, step, error }`. Cut to 1 kB a value. */
  details?: Record<string, string | number | boolean | readonly string[]>
}

/** An entry with the id it was written under, unique in its account; later ones have higher ids. */
export interface StoredEntry extends JournalEntry {
  entryId: number
}

/** Takes an entry and returns at once; it is written later, off the hot path. */
export type RecordEntry = (entry: JournalEntry) => void

/**
 * Commits what `work` does together with the entry that it resolves with, if there is one: both are durable, or neither is.
 * Resolves once they are; `work` is run again as any transaction is.
 */
export type RecordWith = (
  accountId: string,
  work: (db: Db) => Promise<JournalEntry | undefined>,
) => Promise<void>

/** Whether a thing is connected, told from what the journal says about it. */
import { disconnectReasonOf, disconnectReasons, type DisconnectReason } from '../ports/index.ts'
import type { JournalCode, JournalEntry } from '../../observability/journal/index.ts'

export interface LastConnection {
  clientId: string
  /** Absent when the server went down with the connection. */
  endedAt?: Date
  reason: DisconnectReason | 'UNKNOWN'
}

/** Codes that also stand for refusals which leave the client connected, or for one that never was. */
const ambiguousCodes: ReadonlySet<JournalCode> = new Set([
  'publish-denied',
  'subscribe-denied',
  'protocol-error',
  'limit-exceeded',
  'certificate-inactive',
  'certificate-revoked',
  'certificate-pending-transfer',
])

/**
 * How the newest connection among the entries ended, which must be over; `undefined` when there was none.
 * `entries` are in the order of time.
 */
export function findLastConnection(entries: readonly JournalEntry[]): LastConnection | undefined {
  const beginning = entries.findLastIndex(
    ({ code, clientId }) => code === 'connected' && clientId !== undefined,
  )
  const clientId = entries[beginning]?.clientId
  if (clientId === undefined) return undefined
  const ends = entries
    .slice(beginning + 1)
    .filter((entry) => entry.clientId === clientId && Object.hasOwn(disconnectReasons, entry.code))
  const end = ends.find(({ code }) => !ambiguousCodes.has(code)) ?? ends[0]
  if (!end) return { clientId, reason: 'UNKNOWN' }
  return { clientId, endedAt: end.at, reason: disconnectReasonOf(end.code) }
}

/** Client ids of the entries, the newest first. */
export function clientIdsOf(entries: readonly JournalEntry[]): string[] {
  return [...new Set(entries.toReversed().flatMap(({ clientId }) => clientId ?? []))]
}

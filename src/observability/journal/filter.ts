/** Which entries a question is about, beside those on one device. */
import { reasonCodes, type JournalCode } from './codes.ts'
import type { JournalEntry } from './entry.ts'
import type { ReasonCode } from './reason-code.ts'

/** What is absent leaves nothing out. */
export interface EntryFilter {
  /** Of this moment or later. */
  after?: Date | undefined
  /** Earlier than this moment. */
  before?: Date | undefined
  /** Any of these. */
  codes?: readonly JournalCode[] | undefined
  level?: ReasonCode['level'] | undefined
  caCertificateId?: string | undefined
  /** In canonical form. */
  address?: string | undefined
}

/** The CA that the entry is about, also where the device has not got so far that it counts as its own. */
export function caOf({ caCertificateId, details }: JournalEntry): string | undefined {
  const id = caCertificateId ?? details?.['ca']
  return typeof id === 'string' ? id : undefined
}

/** Of one that belongs to the account and the device. */
export function isWanted(entry: JournalEntry, filter: EntryFilter): boolean {
  const { after, before, codes, level, caCertificateId, address } = filter
  return (
    (after === undefined || entry.at >= after) &&
    (before === undefined || entry.at < before) &&
    (codes === undefined || codes.includes(entry.code)) &&
    (level === undefined || reasonCodes[entry.code]?.level === level) &&
    (caCertificateId === undefined || caOf(entry) === caCertificateId) &&
    (address === undefined || entry.sourceIp === address)
  )
}

import type { JournalEntry } from '../../api/events.ts'

export interface CertificateReport {
  certificateId: string
  status: string
  notBefore: string
  notAfter: string
  pendingReason?: string
  caCertificateId?: string
  things: string[]
  policies: string[]
}

/** What `GET /muster/v1/explain` answers; entries oldest first. */
export interface DeviceReport {
  subject: string
  certificates: CertificateReport[]
  entries: JournalEntry[]
}

/** Refusals of a client that is connected: that it connects again does not mend them. */
const duringConnection = new Set([
  'publish-denied',
  'subscribe-denied',
  'receive-denied',
  'protocol-error',
  'limit-exceeded',
  'messages-dropped',
  'service-not-offered',
  'subscription-no-longer-allowed',
])

/** What became of the registration of a device: that it comes again and is announced again does not mend them. */
const afterRegistration = new Set(['provisioning-failed', 'rule-failed', 'function-failed'])

const gotIn = new Set(['connected', 'provisioned'])
const gotRegistered = new Set(['certificate-registered', 'registration-announced'])

const isPast = (refused: string, later: string) =>
  (gotIn.has(later) && !duringConnection.has(refused)) ||
  (gotRegistered.has(later) && !duringConnection.has(refused) && !afterRegistration.has(refused))

/** What the verdict is about: the newest refusal, unless the device got further afterwards; without one the newest entry. */
export function decisiveEntry(
  entries: readonly JournalEntry[],
  isRefusal: (code: string) => boolean,
): JournalEntry | undefined {
  const at = entries.findLastIndex(({ code }) => isRefusal(code))
  const refused = entries[at]
  if (!refused) return entries.at(-1)
  return entries.slice(at).some(({ code }) => isPast(refused.code, code)) ? entries.at(-1) : refused
}

/** What the journal says about a device that shows up. */
import type { CaCertificate, DeviceCertificate } from '../../pki/certificates/index.ts'
import type { JournalCode, JournalEntry } from '../../observability/journal/index.ts'
import type { Provisioned } from '../provisioning/index.ts'

/** Who presents which certificate. */
export interface Presentation {
  accountId: string
  certificateId: string
  clientId?: string | undefined
  sourceIp: string
  /** `api`: nobody connects, an operator has it tried again. */
  protocol: 'mqtt' | 'http' | 'api'
  /** When. */
  at: Date
}

export type EntryDetails = NonNullable<JournalEntry['details']>

export function entryOf(
  { accountId, certificateId, clientId, sourceIp, protocol, at }: Presentation,
  code: JournalCode,
  more: Pick<JournalEntry, 'caCertificateId' | 'thingName' | 'details'> = {},
): JournalEntry {
  return {
    accountId,
    code,
    at,
    certificateId,
    ...(clientId !== undefined && { clientId }),
    sourceIp,
    ...more,
    details: { protocol, ...more.details },
  }
}

export function provisionedEntry(
  presentation: Presentation,
  ca: CaCertificate,
  { thing }: Provisioned,
  details: EntryDetails,
): JournalEntry {
  return entryOf(presentation, 'provisioned', {
    caCertificateId: ca.certificateId,
    ...(thing && { thingName: thing.thingName }),
    details,
  })
}

export function failedEntry(
  presentation: Presentation,
  ca: CaCertificate,
  details: EntryDetails,
): JournalEntry {
  return entryOf(presentation, 'provisioning-failed', { caCertificateId: ca.certificateId, details })
}

export function registeredEntry(presentation: Presentation, certificate: DeviceCertificate): JournalEntry {
  const { caCertificateId } = certificate
  return entryOf(
    presentation,
    'certificate-registered',
    caCertificateId === undefined ? {} : { caCertificateId },
  )
}

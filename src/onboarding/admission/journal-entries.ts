/** What the journal says about a device that shows up. */
import type { CaCertificate, DeviceCertificate } from '../../pki/certificates/index.ts'
import type { JournalCode, JournalEntry } from '../../observability/journal/index.ts'
import type { Provisioned, ProvisioningError } from '../provisioning/index.ts'

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

/** Which template ran, under which role. */
export interface RunFacts {
  /** A template's name, or where its body stands. */
  template: string
  roleArn: string
}

export function provisionedEntry(
  presentation: Presentation,
  ca: CaCertificate,
  { thing, policyNames, certificate }: Provisioned,
  { template, roleArn, thingGroups }: RunFacts & { thingGroups: readonly string[] },
): JournalEntry {
  return entryOf(presentation, 'provisioned', {
    caCertificateId: ca.certificateId,
    ...(thing && { thingName: thing.thingName }),
    details: {
      template,
      role: roleArn,
      ...(thing && { thing: thing.isNew ? thing.thingName : `${thing.thingName} (existed)` }),
      ...(policyNames.length > 0 && { policies: policyNames }),
      ...(thingGroups.length > 0 && { thingGroups }),
      status: certificate?.status ?? 'ACTIVE',
    },
  })
}

export function failedEntry(
  presentation: Presentation,
  ca: CaCertificate,
  error: ProvisioningError,
  facts: RunFacts,
): JournalEntry {
  return entryOf(presentation, 'provisioning-failed', {
    caCertificateId: ca.certificateId,
    details: failureDetails(error, facts),
  })
}

/** Where the template failed, and why. */
export function failureDetails(error: ProvisioningError, { template, roleArn }: RunFacts): EntryDetails {
  return {
    template,
    role: roleArn,
    place: error.place,
    ...(error.action !== undefined && { step: error.action }),
    error: error.code,
    text: error.message,
  }
}

/** For the certificate itself: one line that says what has to be mended. */
export function pendingReason({ place, action, code, message }: ProvisioningError): string {
  const step = action === undefined ? '' : `${action}: `
  const where = message.startsWith(place) ? '' : ` (${place})`
  return `${step}${code}: ${message}${where}`.slice(0, maxReasonCharacters)
}

const maxReasonCharacters = 1000

export function registeredEntry(presentation: Presentation, certificate: DeviceCertificate): JournalEntry {
  const { caCertificateId } = certificate
  return entryOf(
    presentation,
    'certificate-registered',
    caCertificateId === undefined ? {} : { caCertificateId },
  )
}

/**
 * Decides whether a device that presents a client certificate gets in; asked with its first application bytes, not
 * in the handshake. Rules: AWS IoT Developer Guide, "Just-in-time provisioning" and "Just-in-time registration".
 */
import type { CertificateStatus } from '@aws-sdk/client-iot'
import type { CaCertificate, DeviceCertificate } from '../../pki/certificates/index.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import type { EntryDetails } from './journal-entries.ts'
import type { Renewal } from '../renewals/index.ts'
import type { Vetting } from './vetting.ts'

/** What the gateway does with the connection. The journal has the entry already. */
export type Admission =
  | { action: 'accept'; certificate: DeviceCertificate }
  | { action: 'close'; code: JournalCode; certificateId: string }

export type AdmissionDecision =
  | { action: 'accept' }
  | { action: 'provision'; ca: CaCertificate; parameters?: ReadonlyMap<string, string> } // JITP: run the CA's template
  | { action: 'announce'; ca: CaCertificate } // JITR: tell the rules that a device waits
  | { action: 'await-approval'; ca: CaCertificate }
  | { action: 'renew'; ca: CaCertificate; renewal: Renewal } // a known device with a new certificate
  | { action: 'refuse'; code: JournalCode; details?: EntryDetails }

export interface PresentedCertificate {
  /** Undefined when it was never registered. */
  status: CertificateStatus | undefined
  notBefore: Date
  notAfter: Date
  /** What the revocation list of its CA has against it, if anything. */
  revocation?: JournalCode | undefined
}

type IssuerFacts = Pick<
  CaCertificate,
  'status' | 'autoRegistrationStatus' | 'registrationConfig' | 'notBefore' | 'notAfter'
>

/** Pure. `issuer` is asked for only while nobody has decided about the certificate: never registered, or pending. */
export function decideAdmission(
  { status, notBefore, notAfter, revocation }: PresentedCertificate,
  issuer: CaCertificate | undefined,
  now: Date,
): AdmissionDecision {
  const closed = status && closedStatuses[status]
  if (closed) return refuse(closed)
  if (now > notAfter) return refuse('certificate-expired')
  if (now < notBefore) return refuse('certificate-not-yet-valid')
  if (status === 'ACTIVE') return revocation ? refuse(revocation) : { action: 'accept' }
  if (!issuer) return refuse('ca-unknown')
  const obstacle = obstacleOf(issuer, now) ?? revocation
  if (obstacle) return refuse(obstacle)
  return { action: issuer.registrationConfig ? 'provision' : 'announce', ca: issuer }
}

/** Pure. What becomes of a decision once it is known whether the device may come at all. */
export function applyVetting(
  decision: Extract<AdmissionDecision, { action: 'provision' | 'announce' }>,
  vetting: Vetting,
): AdmissionDecision {
  const { ca } = decision
  switch (vetting.outcome) {
    case 'refuse':
      return { action: 'refuse', code: vetting.code, details: vetting.details }
    case 'await-approval':
      return { action: 'await-approval', ca }
    case 'renew':
      return { action: 'renew', ca, renewal: vetting.renewal }
    case 'let-in':
      return { ...decision, ...(vetting.parameters && { parameters: vetting.parameters }) }
  }
}

function obstacleOf(issuer: IssuerFacts, now: Date): JournalCode | undefined {
  if (issuer.status !== 'ACTIVE') return 'ca-inactive'
  if (now > issuer.notAfter || now < issuer.notBefore) return 'ca-expired'
  if (issuer.autoRegistrationStatus !== 'ENABLE') return 'auto-registration-off'
  return undefined
}

/** assumed: REGISTER_INACTIVE, which nothing sets any more, keeps a device out like INACTIVE. */
const closedStatuses: Record<CertificateStatus, JournalCode | undefined> = {
  ACTIVE: undefined,
  PENDING_ACTIVATION: undefined, // every connect of a pending one counts as the first
  INACTIVE: 'certificate-inactive',
  REVOKED: 'certificate-revoked',
  PENDING_TRANSFER: 'certificate-pending-transfer',
  REGISTER_INACTIVE: 'certificate-inactive',
}

const refuse = (code: JournalCode): AdmissionDecision => ({ action: 'refuse', code })

/** What the two ways in for new devices share. */
import type { Trace } from '../../lib/trace.ts'
import type {
  CaCertificate,
  DeviceCertificate,
  FindCasBySubject,
  KnownCertificates,
} from '../../pki/certificates/index.ts'
import type { Fabric } from '../../fabric/in-process/index.ts'
import type { Identities } from '../../access/identities/index.ts'
import type { JournalCode, RecordEntry } from '../../observability/journal/index.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import type { PresentedCertificate } from '../../lib/presented-certificate.ts'
import type { RevocationLists } from '../../pki/revocation-lists/index.ts'
import type { AllowLists } from '../allow-lists/index.ts'
import type { AskWebhook } from '../hooks/index.ts'
import type { Store } from '../../store/index.ts'
import type { Admission } from './admission.ts'
import { entryOf, type EntryDetails, type Presentation } from './journal-entries.ts'
import type { Holds } from './holds.ts'
import type { ParseTemplate } from '../templates/index.ts'
import type { FindReceiver } from './vetting.ts'

export interface FirstConnectionDeps {
  /** Absent: nobody is told what is done. */
  trace?: Trace | undefined
  store: Store
  fabric: Pick<Fabric, 'publish' | 'announce' | 'onChange'>
  identities: Pick<Identities, 'assumeServiceRole' | 'openAuthorize'>
  record: RecordEntry
  /** Of certificates that anybody can make. */
  recordStranger: RecordEntry
  now: () => Date
  region: string
  findCas: FindCasBySubject
  certificates: KnownCertificates
  parseTemplate: ParseTemplate
  holds: Pick<Holds, 'wait'>
  /** How long a certificate is good whose place another has taken. */
  overlapMs: number
  /** Without it no certificate counts as revoked by its CA. */
  revocationLists?: Pick<RevocationLists, 'judge'>
  /** Without it no device of a CA with an allow-list comes. */
  allowLists?: Pick<AllowLists, 'find'>
  /** Without it no device of a CA with a webhook comes. */
  askWebhook?: AskWebhook
  /** Without it no certificate was given to another account. */
  findReceiver?: FindReceiver
}

/** A certificate on its way in. */
export interface Presented {
  presentation: Presentation
  certificate: PresentedCertificate
  known: DeviceCertificate | undefined
}

/** A device whose certificate nobody has decided about. */
export interface NewDevice {
  presentation: Presentation
  leaf: ParsedCertificate
  /** Its registration, when this is not its first connection. */
  known: DeviceCertificate | undefined
  ca: CaCertificate
  /** What the CA's allow-list says for its template. */
  parameters?: ReadonlyMap<string, string> | undefined
}

/** The certificate was registered, deleted, or given a status while Muster worked on it: look again. */
export class CertificateChanged extends Error {
  override readonly name = 'CertificateChanged'
}

/** Records why the connection ends. */
export function close(
  { record }: Pick<FirstConnectionDeps, 'record'>,
  presentation: Presentation,
  code: JournalCode,
  details?: EntryDetails,
): Admission {
  record(entryOf(presentation, code, details && { details }))
  return { action: 'close', code, certificateId: presentation.certificateId }
}

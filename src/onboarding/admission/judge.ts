/** What is decided about a certificate before anything is done about it. */
import {
  checkPresentedCertificate,
  findIssuerByName,
  type CaCertificate,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import { applyVetting, decideAdmission, type AdmissionDecision } from './admission.ts'
import type { FirstConnectionDeps } from './first-connection.ts'
import type { Presentation } from './journal-entries.ts'
import { vet } from './vetting.ts'

type Asked = Pick<Presentation, 'accountId' | 'at'>

/** About one that somebody has decided about: the path of every reconnect. */
export function judgeKnown(
  deps: Pick<FirstConnectionDeps, 'revocationLists'>,
  { accountId, at }: Asked,
  known: DeviceCertificate,
  presented: { readonly serialNumber: string },
): AdmissionDecision {
  const revocation = judgeRevocation(deps, { accountId }, known.caCertificateId, presented)
  return decideAdmission({ ...known, revocation }, undefined, at)
}

type JudgeDeps = Pick<FirstConnectionDeps, 'revocationLists' | 'store' | 'allowLists' | 'findReceiver'>

export interface Judgement {
  decision: AdmissionDecision
  /** The registered CA that signed it. */
  issuer?: CaCertificate
  /** A registered CA that is only called like its issuer. */
  namesake?: CaCertificate
  revocation: JournalCode | undefined
}

/**
 * About one that nobody has decided about: never registered, or pending.
 * @throws {CertificateError} for what is no proper certificate
 */
export async function judgeNew(
  deps: JudgeDeps & Pick<FirstConnectionDeps, 'findCas'>,
  asked: Asked,
  leaf: ParsedCertificate,
  known: DeviceCertificate | undefined,
): Promise<Judgement> {
  const found = await findIssuer(deps, asked.accountId, leaf)
  return { ...found, ...(await judgeWithIssuer(deps, asked, { leaf, known, issuer: found.issuer })) }
}

/** @throws {CertificateError} for what is no proper certificate */
export function findIssuer(
  { findCas }: Pick<FirstConnectionDeps, 'findCas'>,
  accountId: string,
  leaf: ParsedCertificate,
): Promise<Pick<Judgement, 'issuer' | 'namesake'>> {
  checkPresentedCertificate(leaf)
  return findIssuerByName(findCas, accountId, leaf)
}

/** The same with the CA at hand that signed it, if any did. */
export async function judgeWithIssuer(
  deps: JudgeDeps,
  asked: Asked,
  device: {
    leaf: ParsedCertificate
    known: DeviceCertificate | undefined
    issuer: CaCertificate | undefined
  },
): Promise<Pick<Judgement, 'decision' | 'revocation'>> {
  const { leaf, known, issuer } = device
  const { notBefore, notAfter } = leaf
  const revocation = judgeRevocation(deps, asked, issuer?.certificateId, leaf)
  const presented = { status: known?.status, notBefore, notAfter, revocation }
  const decision = decideAdmission(presented, issuer, asked.at)
  if (decision.action !== 'provision' && decision.action !== 'announce') return { decision, revocation }
  const vetting = await vet(deps, { leaf, known, ca: decision.ca })
  return { decision: applyVetting(decision, vetting), revocation }
}

/** What the revocation list of the CA has against the certificate, if anything. */
function judgeRevocation(
  { revocationLists }: Pick<FirstConnectionDeps, 'revocationLists'>,
  { accountId }: Pick<Presentation, 'accountId'>,
  caCertificateId: string | undefined,
  certificate: { readonly serialNumber: string },
): JournalCode | undefined {
  if (caCertificateId === undefined) return undefined
  return revocationLists?.judge({ accountId, caCertificateId, certificate })
}

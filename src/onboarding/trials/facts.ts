/** What is told of a device, its CA, and what becomes of it. */
import { reasonCodes } from '../../observability/journal/index.ts'
import type { CaCertificate, DeviceCertificate } from '../../pki/certificates/index.ts'
import { describeSource } from '../../lib/outbound/named-source.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Rehearsal } from '../admission/index.ts'
import type { CaFacts, CertificateContents, DeviceFacts, Verdict } from './report.ts'

export function toVerdict({ action, code, clientId, details }: Rehearsal): Verdict {
  const { meaning, advice } = reasonCodes[code]
  return {
    action,
    code,
    meaning,
    advice,
    ...(clientId !== undefined && { clientId }),
    ...(details && { details }),
  }
}

/** What a certificate says of itself. */
export function describeContents(certificate: ParsedCertificate): CertificateContents {
  const { certificateId, subject, issuer, serialNumber, notBefore, notAfter } = certificate
  return {
    certificateId,
    subject: subject.toString(),
    issuer: issuer.toString(),
    serialNumber,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
  }
}

export function describeDevice(
  leaf: ParsedCertificate,
  { isMadeUp, known }: { isMadeUp: boolean; known: DeviceCertificate | undefined },
): DeviceFacts {
  return { ...describeContents(leaf), ...(known && { status: known.status }), isMadeUp }
}

export function describeCa(ca: CaCertificate): CaFacts {
  const { registrationConfig, options } = ca
  return {
    certificateId: ca.certificateId,
    subject: parseCertificate(ca.certificatePem).subject.toString(),
    status: ca.status,
    autoRegistrationStatus: ca.autoRegistrationStatus,
    ...(options.firstConnection !== undefined && { firstConnection: options.firstConnection }),
    ...(options.allowList && { allowList: describeSource(options.allowList) }),
    ...(options.maxDevices !== undefined && { maxDevices: options.maxDevices }),
    ...(registrationConfig && { template: registrationConfig.templateName ?? 'its own' }),
  }
}

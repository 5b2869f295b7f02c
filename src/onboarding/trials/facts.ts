/** What is told of a device, its CA, and what becomes of it. */
import { reasonCodes } from '../../observability/journal/index.ts'
import type { CaCertificate, DeviceCertificate } from '../../pki/certificates/index.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Rehearsal } from '../admission/index.ts'
import type { CaFacts, DeviceFacts, Verdict } from './report.ts'

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

export function describeDevice(
  leaf: ParsedCertificate,
  { isMadeUp, known }: { isMadeUp: boolean; known: DeviceCertificate | undefined },
): DeviceFacts {
  return {
    certificateId: leaf.certificateId,
    subject: leaf.subject.toString(),
    issuer: leaf.issuer.toString(),
    serialNumber: leaf.serialNumber,
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
    ...(known && { status: known.status }),
    isMadeUp,
  }
}

export function describeCa(ca: CaCertificate): CaFacts {
  const { registrationConfig, options } = ca
  return {
    certificateId: ca.certificateId,
    subject: parseCertificate(ca.certificatePem).subject.toString(),
    status: ca.status,
    autoRegistrationStatus: ca.autoRegistrationStatus,
    ...(options.firstConnection !== undefined && { firstConnection: options.firstConnection }),
    ...(registrationConfig && { template: registrationConfig.templateName ?? 'its own' }),
  }
}

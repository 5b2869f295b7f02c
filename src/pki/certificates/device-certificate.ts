/** What every certificate of a device must be like, before it is asked who signed it. */
import { checkAlgorithms, checkAlgorithmsOfPresented } from './algorithms.ts'
import { checkClientPurpose } from './purpose.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'

/** @throws {CertificateError} saying what of the certificate AWS IoT or X.509 does not allow */
export function checkDeviceCertificate(certificate: ParsedCertificate): void {
  checkAlgorithms(certificate)
  checkClientPurpose(certificate)
}

/**
 * The same for one whose key a TLS handshake has proven.
 * @throws {CertificateError}
 */
export function checkPresentedCertificate(certificate: ParsedCertificate): void {
  checkAlgorithmsOfPresented(certificate)
  checkClientPurpose(certificate)
}

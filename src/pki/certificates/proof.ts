/** What a certificate can be held to by itself or against the one that is said to have signed it. */
import type { DistinguishedName } from '../../lib/distinguished-name.ts'
import { CertificateError, type ParsedCertificate } from '../../lib/x509.ts'

const maxShownName = 200

/** For messages: one line, and never longer than a line or two. */
export function describeName(name: DistinguishedName): string {
  const text = name.toString()
  if (text === '') return '"" (an empty name)'
  return text.length > maxShownName ? `"${text.slice(0, maxShownName)}..."` : `"${text}"`
}

/**
 * Whether `issuer` is the one named (by subject and, where both tell, key identifier) and its key made the
 * signature. Source: RFC 5280 6.1.3 (a) and 4.2.1.1.
 * @throws {CertificateError} when either is malformed
 */
export function isSignedBy(certificate: ParsedCertificate, issuer: ParsedCertificate): boolean {
  return certificate.x509.checkIssued(issuer.x509) && certificate.x509.verify(issuer.publicKey)
}

/** @throws {CertificateError} when `now` lies outside the certificate's validity */
export function checkValidity(certificate: ParsedCertificate, now: Date): void {
  checkNotExpired(certificate, now)
  const { notBefore } = certificate
  if (now < notBefore) throw new CertificateError(`is not valid before ${toSecond(notBefore)}`)
}

/** @throws {CertificateError} when `now` is after the certificate's validity */
export function checkNotExpired({ notAfter }: ParsedCertificate, now: Date): void {
  if (now > notAfter) throw new CertificateError(`expired on ${toSecond(notAfter)}`)
}

const toSecond = (date: Date): string => date.toISOString().replace('.000', '')

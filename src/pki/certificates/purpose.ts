/**
 * What a certificate says of itself that it may be used for. Sources: RFC 5280 4.2; RFC 8446 4.4.2.4. AWS does not say what
 * it does with such certificates.
 */
import { CertificateError, type ParsedCertificate } from '../../lib/x509.ts'

/**
 * The extensions of RFC 5280 4.2.1 and 4.2.2. What they say of paths through other CAs is not asked: the registered CA is the
 * trust anchor, and a path begins behind it (RFC 5280 6.1).
 */
const knownExtensions = new Set([
  '2.5.29.9', // subject directory attributes
  '2.5.29.14', // subject key identifier
  '2.5.29.15', // key usage
  '2.5.29.17', // subject alternative name
  '2.5.29.18', // issuer alternative name
  '2.5.29.19', // basic constraints
  '2.5.29.30', // name constraints
  '2.5.29.31', // CRL distribution points
  '2.5.29.32', // certificate policies
  '2.5.29.33', // policy mappings
  '2.5.29.35', // authority key identifier
  '2.5.29.36', // policy constraints
  '2.5.29.37', // extended key usage
  '2.5.29.46', // freshest CRL
  '2.5.29.54', // inhibit anyPolicy
  '1.3.6.1.5.5.7.1.1', // authority information access
  '1.3.6.1.5.5.7.1.11', // subject information access
])

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyPurpose = '2.5.29.37.0'

const purposeNames = new Map([
  ['1.3.6.1.5.5.7.3.1', 'serverAuth'],
  ['1.3.6.1.5.5.7.3.3', 'codeSigning'],
  ['1.3.6.1.5.5.7.3.4', 'emailProtection'],
  ['1.3.6.1.5.5.7.3.8', 'timeStamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSPSigning'],
])

/** @throws {CertificateError} for a critical extension that is not known (RFC 5280 4.2) */
export function checkCriticalExtensions({ criticalExtensions }: ParsedCertificate): void {
  const unknown = criticalExtensions.find((oid) => !knownExtensions.has(oid))
  if (unknown !== undefined)
    throw new CertificateError(`has the critical extension ${unknown}, which is not supported`)
}

/**
 * assumed: what a certificate is not made for, it is not used for, whether the extension is critical or not.
 * @throws {CertificateError} when it may not prove a TLS client
 */
export function checkClientPurpose(certificate: ParsedCertificate): void {
  checkCriticalExtensions(certificate)
  const { maySign, purposes } = certificate
  if (!maySign)
    throw new CertificateError('has a keyUsage without digitalSignature, so it cannot prove a TLS client')
  if (!purposes || purposes.includes(clientAuth) || purposes.includes(anyPurpose)) return
  const named = purposes.slice(0, 5).map((oid) => purposeNames.get(oid) ?? oid)
  throw new CertificateError(
    `has an extKeyUsage of ${named.join(', ') || 'nothing'} without clientAuth, so it cannot prove a TLS client`,
  )
}

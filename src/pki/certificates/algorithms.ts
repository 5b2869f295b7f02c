/**
 * Which keys and signatures a certificate may have.
 * Source: AWS IoT Developer Guide, "X.509 client certificates", "Certificate signing algorithms supported".
 */
import type { KeyObject } from 'node:crypto'
import { CertificateError, type ParsedCertificate } from '../../lib/x509.ts'

const signatureAlgorithms = new Set([
  'SHA256-RSA',
  'SHA384-RSA',
  'SHA512-RSA',
  'SHA256-RSAPSS',
  'SHA384-RSAPSS',
  'SHA512-RSAPSS',
  'SHA256-ECDSA',
  'SHA384-ECDSA',
  'SHA512-ECDSA',
])

/** OpenSSL's names of P-256, P-384, and P-521. */
const curves = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

const minRsaBits = 2048

/** @throws {CertificateError} when the certificate's signature or its own key is too weak or not supported */
export function checkAlgorithms(certificate: ParsedCertificate): void {
  checkSignatureAlgorithm(certificate)
  checkKey(certificate.publicKey)
}

/** P-256, P-384, and P-521 (RFC 5480 2.1.1.1). */
const curveOids: ReadonlySet<string | undefined> = new Set([
  '1.2.840.10045.3.1.7',
  '1.3.132.0.34',
  '1.3.132.0.35',
])

/**
 * The same for a certificate whose key a TLS handshake has proven: a key that is on one of the curves need not be
 * decoded again.
 * @throws {CertificateError}
 */
export function checkAlgorithmsOfPresented(certificate: ParsedCertificate): void {
  checkSignatureAlgorithm(certificate)
  if (!curveOids.has(certificate.curve)) checkKey(certificate.publicKey)
}

/** @throws {CertificateError} when the certificate is not signed with SHA-256, SHA-384, or SHA-512 and RSA or ECDSA */
export function checkSignatureAlgorithm({ signatureAlgorithm }: ParsedCertificate): void {
  if (signatureAlgorithms.has(signatureAlgorithm)) return
  throw new CertificateError(
    `is signed with ${signatureAlgorithm}; expected RSA, RSASSA-PSS, or ECDSA with SHA-256, SHA-384, or SHA-512`,
  )
}

/** @throws {CertificateError} when the key is neither RSA of 2048 bits or more nor on P-256, P-384, or P-521 */
export function checkKey(key: KeyObject): void {
  const { modulusLength = 0, namedCurve = 'an unnamed curve' } = key.asymmetricKeyDetails ?? {}
  const kind = key.asymmetricKeyType
  if (kind === 'rsa' || kind === 'rsa-pss') {
    if (modulusLength >= minRsaBits) return
    throw new CertificateError(`has an RSA key of ${modulusLength} bits; expected ${minRsaBits} or more`)
  }
  if (kind === 'ec' && curves.has(namedCurve)) return
  const got = kind === 'ec' ? `on ${namedCurve}` : `of type ${kind ?? 'unknown'}`
  throw new CertificateError(`has a key ${got}; expected RSA, or a key on P-256, P-384, or P-521`)
}

import { hash } from 'node:crypto'
import { CertificateError, type ParsedCertificate } from './x509.ts'

export interface IdentityKeys {
  publicKeySha256?: string
  commonNameSha256?: string
}

/**
 * By what a device is known again that comes with another certificate: SHA-256 of its public key, and of its first
 * common name, in hex. Absent where the certificate has none, or none that can be read.
 */
export function identityKeysOf(certificate: ParsedCertificate): IdentityKeys {
  try {
    const [commonName] = certificate.subject.get('CommonName') // as templates read it
    return {
      publicKeySha256: certificate.publicKeySha256,
      ...(commonName && { commonNameSha256: hash('sha256', commonName, 'hex') }),
    }
  } catch (cause) {
    if (cause instanceof CertificateError) return {}
    throw cause
  }
}

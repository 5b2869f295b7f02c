import { iotError } from '../../api/aws/errors.ts'
import { CertificateError, parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'

/** @throws {AwsError} `InvalidRequestException` that names the member, and never quotes the text: it may be a private key */
export function readCertificate(pem: string, member: string): ParsedCertificate {
  try {
    return parseCertificate(pem)
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause
    throw iotError('InvalidRequestException', `${member}: the certificate ${cause.reason}`)
  }
}

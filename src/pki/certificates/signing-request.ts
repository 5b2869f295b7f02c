/** What a device asks to be certified. Source: RFC 2986 (PKCS #10). */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import { loadX509, type X509 } from '../../lib/load-x509.ts'
import { decodePem } from '../../lib/pem.ts'
import { CertificateError } from '../../lib/x509.ts'
import { checkKey } from './algorithms.ts'

export interface SigningRequest {
  key: KeyObject
  /** Absent when it is empty. */
  subject?: InstanceType<X509['Name']>
}

/**
 * Its key is one that devices may have, and made its signature.
 * @throws {AwsError} `InvalidRequestException` saying what is wrong with it
 */
export async function readCsr(csrPem: string): Promise<SigningRequest> {
  const x509 = await loadX509()
  try {
    const csr = new x509.Pkcs10CertificateRequest(decodePem(csrPem, csrLabel(csrPem)))
    const key = createPublicKey({ key: Buffer.from(csr.publicKey.rawData), type: 'spki', format: 'der' })
    checkKey(key)
    if (!(await csr.verify())) throw new Error('its signature was not made with its own key')
    return csr.subject === '' ? { key } : { key, subject: csr.subjectName }
  } catch (cause) {
    const reason = cause instanceof CertificateError ? `it ${cause.reason}` : (cause as Error).message
    throw refuseCsr(reason)
  }
}

export const refuseCsr = (reason: string) =>
  iotError('InvalidRequestException', `the certificate signing request is refused: ${reason}`)

/** RFC 7468 7: some tools write NEW. */
function csrLabel(pem: string): string {
  return pem.includes('BEGIN NEW CERTIFICATE REQUEST') ? 'NEW CERTIFICATE REQUEST' : 'CERTIFICATE REQUEST'
}

/** Certificates of devices that are not there, to find out what would become of them. */
import { randomBytes, webcrypto } from 'node:crypto'
import { loadX509 } from '../../lib/load-x509.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const validMs = 365 * 86_400_000

/** In the order of the name; `type` is dotted. */
export type SampleSubject = readonly { type: string; value: string }[]

/** Its key is forgotten at once, and no CA signed it: nobody can connect with it. Valid for a year from `now`. */
export async function makeSampleCertificate(subject: SampleSubject, now: Date): Promise<ParsedCertificate> {
  const x509 = await loadX509()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `0${randomBytes(15).toString('hex')}`,
    name: subject.map(({ type, value }) => ({ [type]: [value] })),
    notBefore: now,
    notAfter: new Date(now.getTime() + validMs),
    signingAlgorithm: algorithm,
    keys: await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']),
  })
  return parseCertificate(new Uint8Array(certificate.rawData))
}

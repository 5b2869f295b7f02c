/** What a list must prove before it counts. Source: RFC 5280 6.3.3. */
import { constants, verify, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto'
import { loadX509 } from '../../lib/load-x509.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import { CrlError, type Crl } from './crl.ts'

/** How far the clock of the CA may be ahead. */
const clockSkewMs = 5 * 60_000

const algorithms = new Map([
  ['SHA256-RSA', 'sha256'],
  ['SHA384-RSA', 'sha384'],
  ['SHA512-RSA', 'sha512'],
  ['SHA256-RSAPSS', 'sha256'],
  ['SHA384-RSAPSS', 'sha384'],
  ['SHA512-RSAPSS', 'sha512'],
  ['SHA256-ECDSA', 'sha256'],
  ['SHA384-ECDSA', 'sha384'],
  ['SHA512-ECDSA', 'sha512'],
])

/**
 * That the CA's own key made the list. Whether it has expired is another question.
 * @throws {CrlError}
 */
export async function verifyCrl(crl: Crl, ca: ParsedCertificate, now: Date): Promise<void> {
  if (crl.issuerKey !== ca.subjectKey)
    throw new CrlError(`is issued by "${crl.issuer}", not by "${ca.subject.toString().slice(0, 200)}"`)
  await checkMaySign(ca)
  const hash = algorithms.get(crl.signatureAlgorithm)
  if (hash === undefined)
    throw new CrlError(
      `is signed with ${crl.signatureAlgorithm}; expected RSA, RSASSA-PSS, or ECDSA with SHA-256, SHA-384, or SHA-512`,
    )
  if (!(await isSigned(crl, ca.publicKey, hash)))
    throw new CrlError('was not signed with the key of the CA certificate')
  if (crl.thisUpdate.getTime() > now.getTime() + clockSkewMs)
    throw new CrlError(`is not valid before ${crl.thisUpdate.toISOString()}`)
  if (crl.nextUpdate && crl.nextUpdate < crl.thisUpdate) throw new CrlError('ends before it begins')
}

/** A newer list may not be replaced by an older one, whoever brings it. @throws {CrlError} */
export function checkNotOlder(
  { number, thisUpdate }: Pick<Crl, 'number' | 'thisUpdate'>,
  known: Pick<Crl, 'number' | 'thisUpdate'>,
): void {
  if (number !== undefined && known.number !== undefined && number !== known.number) {
    if (number > known.number) return
    throw new CrlError(`has the number ${number}, which is lower than ${known.number} of the list in force`)
  }
  if (thisUpdate < known.thisUpdate)
    throw new CrlError(
      `is of ${thisUpdate.toISOString()}, older than the list in force of ${known.thisUpdate.toISOString()}`,
    )
}

/** RFC 5280 6.3.3 (f): a keyUsage, where there is one, must include cRLSign. */
async function checkMaySign({ der }: ParsedCertificate): Promise<void> {
  const x509 = await loadX509()
  const usage = new x509.X509Certificate(der).getExtension(x509.KeyUsagesExtension)
  if (usage && !(usage.usages & x509.KeyUsageFlags.cRLSign))
    throw new CrlError('cannot count: the CA certificate has a keyUsage without cRLSign')
}

/** In another thread, since a long list takes a while. */
function isSigned(crl: Crl, key: KeyObject, hash: string): Promise<boolean> {
  const input: VerifyKeyObjectInput = { key }
  if (crl.signatureAlgorithm.endsWith('-RSAPSS')) {
    input.padding = constants.RSA_PKCS1_PSS_PADDING
    input.saltLength = constants.RSA_PSS_SALTLEN_AUTO
  }
  const isRsa = key.asymmetricKeyType?.startsWith('rsa') === true
  if (isRsa !== crl.signatureAlgorithm.includes('-RSA')) return Promise.resolve(false)
  return new Promise((resolve) => {
    verify(hash, crl.signed, input, crl.signature, (cause, isValid) => resolve(!cause && isValid))
  })
}

/**
 * Muster's own issuing CA: it signs the certificates that AWS IoT would issue itself.
 * Source: AWS IoT Developer Guide, "Create AWS IoT client certificates".
 */
import { createPublicKey, randomBytes, webcrypto, type KeyObject } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../lib/durable-file.ts'
import { loadX509, type X509 } from '../../lib/load-x509.ts'
import { decodePem, encodePem } from '../../lib/pem.ts'
import { CertificateError, parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import { readCsr, refuseCsr } from './signing-request.ts'
import { KeysAhead, type RsaKeyPem } from './keys-ahead.ts'

export interface Issuer extends AsyncDisposable {
  /** A new RSA key of 2048 bits and its certificate, which `ends` soon or late; the private key is kept nowhere. */
  issueKeys: (now: Date, ends?: Date) => Promise<RsaKeyPem & { certificate: ParsedCertificate }>
  /**
   * A certificate for the key and the subject of a PKCS #10 request.
   * @throws {AwsError} `InvalidRequestException` saying what is wrong with the request
   */
  issueFromCsr: (csrPem: string, now: Date) => Promise<ParsedCertificate>
}

interface IssuingKey {
  privateKey: webcrypto.CryptoKey
  certificatePem: string
  /** Once it was read, which takes longer than to sign with it. */
  certificate?: InstanceType<X509['X509Certificate']>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const issuerName = 'O=Muster, CN=Muster device certificates'
const defaultSubject = 'CN=AWS IoT Certificate'
/** AWS's certificates end then, whenever they were issued. */
const notAfter = new Date('2049-12-31T23:59:59Z')
/** Lets devices in whose clocks are behind. */
const backdatedMs = 120_000

/**
 * Opens the issuing CA in a directory, making it on the first call: `issuing-ca.key` (mode 0600) and
 * `issuing-ca.pem`.
 */
export async function openIssuer(directory: string): Promise<Issuer> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const issuing = (await readIssuingKey(directory)) ?? (await makeIssuingKey(directory))
  const keys = new KeysAhead()
  return {
    async issueKeys(now, ends) {
      const { privateKeyPem, publicKeyPem } = await keys.take()
      const certificate = await issue(issuing, { key: createPublicKey(publicKeyPem), now, ends })
      return { certificate, privateKeyPem, publicKeyPem }
    },
    async issueFromCsr(csrPem, now) {
      const { key, subject } = await readCsr(csrPem)
      return checkSubject(await issue(issuing, { key, subject, now }))
    },
    [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose](),
  }
}

interface Request {
  key: KeyObject
  subject?: InstanceType<X509['Name']> | undefined
  now: Date
  ends?: Date | undefined
}

async function issue(
  issuing: IssuingKey,
  { key, subject, now, ends = notAfter }: Request,
): Promise<ParsedCertificate> {
  const x509 = await loadX509()
  const issuer = (issuing.certificate ??= new x509.X509Certificate(issuing.certificatePem))
  const publicKey = new x509.PublicKey(key.export({ type: 'spki', format: 'der' }))
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerialNumber(),
    subject: subject ?? defaultSubject,
    issuer: issuer.subjectName,
    notBefore: new Date(now.getTime() - backdatedMs),
    notAfter: ends,
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: issuing.privateKey,
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    ],
  })
  return parseCertificate(new Uint8Array(certificate.rawData))
}

/**
 * The subject is all that a request brings into the certificate, and not every one of them makes one that can be read, e.g.
 * none with a VisibleString in it.
 * @throws {AwsError} `InvalidRequestException`
 */
function checkSubject(certificate: ParsedCertificate): ParsedCertificate {
  try {
    void [certificate.x509, certificate.subjectKey]
    return certificate
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause
    throw refuseCsr(`with its subject the certificate ${cause.reason}`)
  }
}

async function readIssuingKey(directory: string): Promise<IssuingKey | undefined> {
  try {
    const keyPem = await readFile(join(directory, 'issuing-ca.key'), 'utf8')
    const certificatePem = await readFile(join(directory, 'issuing-ca.pem'), 'utf8')
    const pkcs8 = Buffer.from(decodePem(keyPem, 'PRIVATE KEY'))
    const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
    return { privateKey, certificatePem }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`the issuing CA in ${directory} cannot be read`, { cause })
  }
}

/** The key is written last: while it is missing, the next start makes both again. */
async function makeIssuingKey(directory: string): Promise<IssuingKey> {
  const x509 = await loadX509()
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerialNumber(),
    name: issuerName,
    notBefore: new Date(Date.now() - backdatedMs),
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const certificatePem = encodePem('CERTIFICATE', new Uint8Array(certificate.rawData))
  const pkcs8 = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  await replaceFile(join(directory, 'issuing-ca.pem'), certificatePem, 0o644)
  await replaceFile(join(directory, 'issuing-ca.key'), encodePem('PRIVATE KEY', pkcs8), 0o600)
  return { privateKey: keys.privateKey, certificatePem }
}

/** Twenty bytes, positive (RFC 5280 4.1.2.2). */
function randomSerialNumber(): string {
  const bytes = randomBytes(20)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

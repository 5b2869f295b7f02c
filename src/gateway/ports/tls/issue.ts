/** Makes Muster's own roots and the server certificates below them, with the profile of RFC 5280 for TLS servers. */
import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import type { Extension } from '@peculiar/x509'
import { loadX509 } from '../../../lib/load-x509.ts'
import type { CertificatePair } from './certificate-pair.ts'

/** EC P-256, or RSA of 2048 bits: the size that the oldest clients take, too. */
export type KeyKind = 'ec' | 'rsa'

const algorithms = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const
const rootNames = { ec: 'O=Muster, CN=Muster Root CA', rsa: 'O=Muster, CN=Muster Root CA RSA' } as const
const dayMs = 86_400_000
const rootDays = 20 * 365
const serverDays = 365
/** Lets devices in whose clocks are behind. */
const backdatedMs = dayMs

export async function issueRoot(kind: KeyKind, now: Date): Promise<CertificatePair> {
  const { BasicConstraintsExtension, KeyUsagesExtension, KeyUsageFlags } = await loadX509()
  const key = await generateKeyPem(kind)
  const extensions = [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]
  return issue({ kind, subject: rootNames[kind], key, signingKey: key, days: rootDays, now, extensions })
}

interface ServerRequest {
  /** Of the server's key, and of the root's. */
  kind: KeyKind
  root: CertificatePair
  /** The names and addresses the server is reached by. */
  hosts: readonly string[]
  now: Date
}

export async function issueServer({ kind, root, hosts, now }: ServerRequest): Promise<CertificatePair> {
  const x509 = await loadX509()
  const names = hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const)
  const authority = new x509.X509Certificate(new X509Certificate(root.cert).raw).publicKey
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
  const usage = kind === 'rsa' ? digitalSignature | keyEncipherment : digitalSignature // RSA key exchange: RFC 5246 7.4.2
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(usage, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names),
    await x509.AuthorityKeyIdentifierExtension.create(authority),
  ]
  const key = await generateKeyPem(kind)
  const subject = 'O=Muster, CN=Muster device gateway'
  return issue({ kind, subject, key, signingKey: root.key, days: serverDays, now, extensions })
}

interface Profile {
  /** Of the key that signs. */
  kind: KeyKind
  subject: string
  /** PEM, of the certificate itself and of its issuer. */
  key: string
  signingKey: string
  days: number
  now: Date
  extensions: Extension[]
}

async function issue(profile: Profile): Promise<CertificatePair> {
  const { kind, subject, key, signingKey, days, now, extensions } = profile
  const { PublicKey, SubjectKeyIdentifierExtension, X509CertificateGenerator } = await loadX509()
  const publicKey = new PublicKey(createPublicKey(key).export({ type: 'spki', format: 'der' }))
  const algorithm = algorithms[kind]
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: rootNames[kind],
    serialNumber: randomSerialNumber(),
    notBefore: new Date(now.getTime() - backdatedMs),
    notAfter: new Date(now.getTime() + days * dayMs),
    publicKey,
    signingKey: createPrivateKey(signingKey).toCryptoKey(algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    extensions: [...extensions, await SubjectKeyIdentifierExtension.create(publicKey)],
  })
  return { key, cert: `${certificate.toString('pem')}\n` }
}

const generate = promisify(generateKeyPair)

/** Off the main thread: an RSA key takes a twentieth of a second. */
async function generateKeyPem(kind: KeyKind): Promise<string> {
  const { privateKey } =
    kind === 'rsa'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Positive and not 0. RFC 5280 4.1.2.2 */
const randomSerialNumber = (): string => `4${randomBytes(16).toString('hex').slice(1)}`

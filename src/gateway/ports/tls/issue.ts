/** Makes Muster's own root and the server certificates below it: EC P-256, with the profile of RFC 5280 for TLS servers. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { Extension } from '@peculiar/x509'

/** PEM. */
export interface IssuedCertificate {
  key: string
  cert: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const rootName = 'O=Muster, CN=Muster Root CA'
const dayMs = 86_400_000
const rootDays = 20 * 365
const serverDays = 365
/** Lets devices in whose clocks are behind. */
const backdatedMs = dayMs

/** The library takes a while to load, and a server that is started again issues nothing. */
async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

export async function issueRoot(now: Date): Promise<IssuedCertificate> {
  const { BasicConstraintsExtension, KeyUsagesExtension, KeyUsageFlags } = await loadX509()
  const key = generateKeyPem()
  const extensions = [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]
  return issue({ subject: rootName, key, signingKey: key, days: rootDays, now, extensions })
}

/** `hosts` are the names and addresses the server is reached by. */
export async function issueServer(
  root: IssuedCertificate,
  hosts: readonly string[],
  now: Date,
): Promise<IssuedCertificate> {
  const x509 = await loadX509()
  const names = hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const)
  const authority = new x509.X509Certificate(root.cert).publicKey
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names),
    await x509.AuthorityKeyIdentifierExtension.create(authority),
  ]
  const key = generateKeyPem()
  return issue({
    subject: 'O=Muster, CN=Muster device gateway',
    key,
    signingKey: root.key,
    days: serverDays,
    now,
    extensions,
  })
}

interface Profile {
  subject: string
  /** PEM, of the certificate itself and of its issuer. */
  key: string
  signingKey: string
  days: number
  now: Date
  extensions: Extension[]
}

async function issue({
  subject,
  key,
  signingKey,
  days,
  now,
  extensions,
}: Profile): Promise<IssuedCertificate> {
  const { PublicKey, SubjectKeyIdentifierExtension, X509CertificateGenerator } = await loadX509()
  const publicKey = new PublicKey(createPublicKey(key).export({ type: 'spki', format: 'der' }))
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: rootName,
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

function generateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Positive and not 0. RFC 5280 4.1.2.2 */
const randomSerialNumber = (): string => `4${randomBytes(16).toString('hex').slice(1)}`

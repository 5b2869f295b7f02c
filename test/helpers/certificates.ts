/**
 * Real certificates for tests, also such as no sane tool makes: X.509 v1, serial 0, forged signatures, weak
 * algorithms, odd subjects. Written in DER by hand and signed by node:crypto, so a P-256 certificate takes
 * well under a millisecond. RSA keys are made once per size and shared.
 */
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto'

export type KeyType =
  | 'P-256'
  | 'P-384'
  | 'P-521'
  | 'secp256k1'
  | 'RSA-1024'
  | 'RSA-2048'
  | 'RSA-3072'
  | 'RSA-PSS'
  | 'Ed25519'
export type SignatureType =
  | 'SHA-256'
  | 'SHA-384'
  | 'SHA-512'
  | 'SHA-1'
  | 'MD5'
  | 'PSS-SHA-1'
  | 'PSS-SHA-256'
  | 'PSS-SHA-384'
  | 'PSS-SHA-512'

/** Attribute short name (C, O, OU, ST, L, CN, serialNumber, ...) or a dotted OID, and its value. */
type SubjectAttribute = readonly [name: string, value: string]
/**
 * `CN=lamp-1,O=Acme` (values without commas), or pairs in order; a nested list of pairs is one multi-valued
 * RDN; bytes are taken as the DER of the whole name.
 */
export type SubjectInput = string | readonly (SubjectAttribute | readonly SubjectAttribute[])[] | Uint8Array

export interface CertificateOptions {
  subject?: SubjectInput
  keyType?: KeyType
  /** The issuer's way of signing; the hash goes with the issuer's key. Default SHA-256. */
  signature?: SignatureType
  /** Valid from now (less one minute) for so many days; `notBefore` and `notAfter` win. Default 30. */
  days?: number
  notBefore?: Date
  notAfter?: Date
  /** 1 has no extensions at all. Default 3. */
  version?: 1 | 3
  serialNumber?: bigint
  /** Flips a bit of the signature. */
  forged?: boolean
  isCa?: boolean
  /** Bits of the keyUsage extension, e.g. `['keyCertSign']`; none by default. */
  keyUsage?: readonly (keyof typeof keyUsageBits)[]
  /** Dotted OIDs of the extKeyUsage extension; none by default. */
  purposes?: readonly string[]
  /** Further ones: the DER of each whole extension. */
  extensions?: readonly Buffer[]
  /** Authority key identifier: the issuer's by default, `false` for none, or other bytes. */
  authorityKeyId?: boolean | Uint8Array
  dnsNames?: readonly string[]
  uris?: readonly string[]
  emails?: readonly string[]
  ipAddresses?: readonly string[]
  /** Certify this key instead of a new one. */
  key?: KeyPair
}

export interface KeyPair {
  publicKey: KeyObject
  privateKey: KeyObject
}

export interface TestCertificate {
  /** `\n` newlines, trailing newline. */
  certificatePem: string
  /** PKCS #8. */
  privateKeyPem: string
  /** SHA-256 of the DER, 64 lowercase hex digits. */
  certificateId: string
  der: Buffer
  key: KeyPair
  /** DER of the subject. */
  subject: Buffer
}

/** As a server takes it. */
export const toPair = ({ privateKeyPem: key, certificatePem: cert }: TestCertificate) => ({ key, cert })

export interface TestCa extends TestCertificate {
  issue: (options?: CertificateOptions) => TestCertificate
  /** An intermediate CA under this one. */
  issueCa: (options?: CertificateOptions) => TestCa
}

/** A self-signed CA certificate: P-256, 30 days, `CN=Test CA`, basicConstraints CA:TRUE, SHA-256. */
export function makeCa(options: CertificateOptions = {}): TestCa {
  const key = options.key ?? makeKey(options.keyType ?? 'P-256')
  const subject = encodeName(options.subject ?? 'CN=Test CA')
  return toCa(certify({ isCa: true, ...options, key, subject }, { key, subject }))
}

/** What proves possession of the CA's key to RegisterCACertificate. */
export function makeVerificationCertificate(
  ca: TestCa,
  registrationCode: string,
  options: CertificateOptions = {},
): TestCertificate {
  return ca.issue({ subject: [['CN', registrationCode]], days: 1, ...options })
}

/** A PKCS #10 request in PEM, with its key. `forged` breaks its signature. */
export function makeCsr(
  options: Pick<CertificateOptions, 'subject' | 'keyType' | 'forged' | 'signature'> = {},
): {
  csrPem: string
  privateKeyPem: string
  key: KeyPair
} {
  const key = makeKey(options.keyType ?? 'P-256')
  const toBeSigned = sequence(integer(0n), encodeName(options.subject ?? 'CN=device'), spki(key), der(0xa0))
  const csr = signed(toBeSigned, key, options)
  return { csrPem: toPem('CERTIFICATE REQUEST', csr), privateKeyPem: privatePem(key), key }
}

export function toPem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function toCa(certificate: TestCertificate): TestCa {
  const { key, subject } = certificate
  return {
    ...certificate,
    issue: (options = {}) => certify(options, { key, subject }),
    issueCa: (options = {}) =>
      toCa(certify({ subject: 'CN=Test Intermediate CA', isCa: true, ...options }, { key, subject })),
  }
}

function certify(options: CertificateOptions, issuer: { key: KeyPair; subject: Buffer }): TestCertificate {
  const key = options.key ?? makeKey(options.keyType ?? 'P-256')
  const notBefore = options.notBefore ?? new Date(Date.now() - 60_000)
  const notAfter = options.notAfter ?? new Date(notBefore.getTime() + (options.days ?? 30) * 86_400_000)
  const subject = encodeName(options.subject ?? 'CN=device')
  const isV1 = options.version === 1
  const toBeSigned = sequence(
    isV1 ? Buffer.alloc(0) : der(0xa0, integer(2n)),
    integer(options.serialNumber ?? BigInt(`0x01${randomBytes(15).toString('hex')}`)),
    signatureAlgorithm(issuer.key, options.signature),
    issuer.subject,
    sequence(time(notBefore), time(notAfter)),
    subject,
    spki(key),
    isV1 ? Buffer.alloc(0) : der(0xa3, sequence(...extensions(options, key, issuer.key))),
  )
  const bytes = signed(toBeSigned, issuer.key, options)
  return {
    certificatePem: toPem('CERTIFICATE', bytes),
    privateKeyPem: privatePem(key),
    certificateId: createHash('sha256').update(bytes).digest('hex'),
    der: bytes,
    key,
    subject,
  }
}

const signedHashes = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}
const hashOids = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
}
const rsaSignatureOids: Record<string, string> = {
  md5: '1.2.840.113549.1.1.4',
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
}
const ecdsaSignatureOids: Record<string, string> = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
}
const saltBytes: Record<string, number> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }

function howToSign(key: KeyPair, signature: SignatureType = 'SHA-256') {
  const isPss = signature.startsWith('PSS-') || key.privateKey.asymmetricKeyType === 'rsa-pss'
  const hash = signedHashes[signature.replace('PSS-', '') as keyof typeof signedHashes]
  return { isPss, hash, kind: key.privateKey.asymmetricKeyType }
}

export function signatureAlgorithm(key: KeyPair, signature?: SignatureType): Buffer {
  const { isPss, hash, kind } = howToSign(key, signature)
  if (kind === 'ed25519') return sequence(oid('1.3.101.112'))
  if (kind === 'ec') return sequence(oid(ecdsaSignatureOids[hash]!))
  if (!isPss) return sequence(oid(rsaSignatureOids[hash]!), der(5))
  const hashAlgorithm = sequence(oid(hashOids[hash as keyof typeof hashOids]), der(5))
  const parameters = sequence(
    der(0xa0, hashAlgorithm),
    der(0xa1, sequence(oid('1.2.840.113549.1.1.8'), hashAlgorithm)),
    der(0xa2, integer(BigInt(saltBytes[hash]!))),
  )
  return sequence(oid('1.2.840.113549.1.1.10'), parameters)
}

export function signed(
  toBeSigned: Buffer,
  key: KeyPair,
  options: Pick<CertificateOptions, 'signature' | 'forged'>,
): Buffer {
  const { isPss, hash, kind } = howToSign(key, options.signature)
  const padding = isPss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltBytes[hash]! } : {}
  const signature = sign(kind === 'ed25519' ? null : hash, toBeSigned, { key: key.privateKey, ...padding })
  if (options.forged) signature[signature.length - 1]! ^= 1
  return sequence(toBeSigned, signatureAlgorithm(key, options.signature), der(3, Buffer.of(0), signature))
}

const keyUsageBits = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, cRLSign: 6 }

function extensions(options: CertificateOptions, key: KeyPair, issuerKey: KeyPair): Buffer[] {
  const list = [extension('2.5.29.14', der(4, keyId(key)))]
  const isCa = options.isCa ?? false
  list.push(extension('2.5.29.19', sequence(...(isCa ? [der(1, Buffer.of(0xff))] : [])), true))
  const authority = options.authorityKeyId ?? true
  if (authority !== false) {
    const id = authority === true ? keyId(issuerKey) : Buffer.from(authority)
    list.push(extension('2.5.29.35', sequence(der(0x80, id))))
  }
  if (options.keyUsage) {
    const bits = options.keyUsage.reduce((sum, name) => sum | (0x80 >> keyUsageBits[name]), 0)
    list.push(extension('2.5.29.15', der(3, Buffer.of(0, bits)), true))
  }
  if (options.purposes) list.push(extension('2.5.29.37', sequence(...options.purposes.map(oid))))
  list.push(...(options.extensions ?? []))
  const names = [
    ...(options.emails ?? []).map((name) => der(0x81, Buffer.from(name))),
    ...(options.dnsNames ?? []).map((name) => der(0x82, Buffer.from(name))),
    ...(options.uris ?? []).map((name) => der(0x86, Buffer.from(name))),
    ...(options.ipAddresses ?? []).map((name) => der(0x87, Buffer.from(name.split('.').map(Number)))),
  ]
  if (names.length > 0) list.push(extension('2.5.29.17', sequence(...names)))
  return list
}

export const extension = (id: string, value: Buffer, isCritical = false): Buffer =>
  sequence(oid(id), ...(isCritical ? [der(1, Buffer.of(0xff))] : []), der(4, value))

const keyId = (key: KeyPair): Buffer => createHash('sha1').update(spki(key)).digest()

const sharedKeys = new Map<KeyType, KeyPair>()

/** Shared by all callers where it is RSA: making one takes a tenth of a second. */
export function makeKey(keyType: KeyType): KeyPair {
  if (keyType === 'Ed25519') return generateKeyPairSync('ed25519')
  if (!keyType.startsWith('RSA')) return generateKeyPairSync('ec', { namedCurve: keyType })
  const shared = sharedKeys.get(keyType)
  if (shared) return shared
  const made =
    keyType === 'RSA-PSS'
      ? generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
      : generateKeyPairSync('rsa', { modulusLength: Number(keyType.slice(4)) })
  sharedKeys.set(keyType, made)
  return made
}

const spki = (key: KeyPair): Buffer =>
  createPublicKey(key.publicKey.export({ type: 'spki', format: 'pem' })).export({
    type: 'spki',
    format: 'der',
  })
const privatePem = (key: KeyPair): string =>
  key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const attributeOids: Record<string, string> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
  GN: '2.5.4.42',
  initials: '2.5.4.43',
  generationQualifier: '2.5.4.44',
  dnQualifier: '2.5.4.46',
  pseudonym: '2.5.4.65',
  emailAddress: '1.2.840.113549.1.9.1',
}

/** DER of a distinguished name, all values as UTF8String (country as PrintableString). */
export function encodeName(subject: SubjectInput): Buffer {
  if (subject instanceof Uint8Array) return Buffer.from(subject)
  const parts = typeof subject === 'string' ? subject.split(',').filter(Boolean).map(toAttribute) : subject
  const isSingle = (part: (typeof parts)[number]): part is SubjectAttribute => typeof part[0] === 'string'
  return sequence(...parts.map((part) => der(0x31, ...(isSingle(part) ? [part] : part).map(encodeAttribute))))
}

function toAttribute(text: string): SubjectAttribute {
  const at = text.indexOf('=')
  return [text.slice(0, at).trim(), text.slice(at + 1)]
}

function encodeAttribute([name, value]: SubjectAttribute): Buffer {
  return sequence(oid(attributeOids[name] ?? name), der(name === 'C' ? 0x13 : 0x0c, Buffer.from(value)))
}

/** One DER element: tag, length, and the contents one after the other. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const length = content.length
  if (length < 128) return Buffer.concat([Buffer.of(tag, length), content])
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | bytes.length), bytes, content])
}

export const sequence = (...contents: Uint8Array[]): Buffer => der(0x30, ...contents)

export function integer(value: bigint): Buffer {
  let hex = value.toString(16)
  if (hex.length % 2) hex = `0${hex}`
  if (Number.parseInt(hex.slice(0, 2), 16) >= 128) hex = `00${hex}`
  return der(2, Buffer.from(hex, 'hex'))
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return der(6, Buffer.from(bytes))
}

export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(digits.slice(2)))
    : der(0x18, Buffer.from(digits))
}

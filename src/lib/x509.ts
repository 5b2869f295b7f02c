/** X.509 certificates as devices present them. Source: RFC 5280. Versions 1 and 3 are read alike. */
import { hash, X509Certificate, type KeyObject } from 'node:crypto'
import { parseAlternativeNames, type AlternativeNames } from './alternative-names.ts'
import {
  contentOf,
  DerError,
  derTag,
  expectTag,
  readChildren,
  readElement,
  toDottedOid,
  type DerElement,
} from './der.ts'
import { readDigitalSignature, readExtensions, readPurposes, type Extension } from './extensions.ts'
import { nameKey, parseDistinguishedName, type DistinguishedName } from './distinguished-name.ts'
import { decodePem, encodePem, PemError } from './pem.ts'
import { readSignatureAlgorithm } from './signature-algorithm.ts'

/** What is wrong with a certificate, in words that never quote its bytes. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
  /** A predicate, e.g. `expired on 2020-01-01T00:00:00Z`; the message is `the certificate ` and this. */
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(`the certificate ${reason}`, options)
    this.reason = reason
  }
}

/** The largest certificate that is read at all; AWS allows 65,536 characters of PEM. */
const maxDerBytes = 65_536

const oids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAlternativeName: '2.5.29.17',
  issuerAlternativeName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  ecPublicKey: '1.2.840.10045.2.1',
} as const

/** Where the parts of a certificate lie in its DER (RFC 5280 4.1). */
interface Layout {
  signatureAlgorithm: DerElement
  issuer: DerElement
  subject: DerElement
  publicKey: DerElement
  extensions: DerElement | undefined
}

/** SHA-256 of the DER, 64 lowercase hex digits. */
export const certificateIdOf = (der: Uint8Array): string => hash('sha256', der, 'hex')

/** Whether the text has the form of a certificate id. */
export const isCertificateId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

/**
 * A certificate whose outline has been read. The rest is read when asked for, since a reconnecting device
 * costs its id alone. Any property may throw `CertificateError` when its part is malformed.
 */
export class ParsedCertificate {
  readonly der: Uint8Array
  /** SHA-256 of the DER, 64 lowercase hex digits. */
  readonly certificateId: string
  readonly #layout: Layout
  readonly #parts = new Map<string, unknown>()

  constructor(der: Uint8Array, x509?: X509Certificate) {
    this.der = der
    if (x509) this.#parts.set('x509', x509)
    this.#layout = reading(() => readLayout(der))
    this.certificateId = certificateIdOf(der)
  }

  get x509(): X509Certificate {
    return this.#once('x509', () => new X509Certificate(this.der))
  }

  get publicKey(): KeyObject {
    return this.#once('publicKey', () => {
      const { x509 } = this
      try {
        return x509.publicKey
      } catch (cause) {
        throw new CertificateError('has a key of a type that is not supported', { cause })
      }
    })
  }

  /** Dotted OID of the named curve that the key says it is on, without a look at the key itself (RFC 5480 2.1.1). */
  get curve(): string | undefined {
    return this.#once('curve', () => readCurve(this.der, this.#layout.publicKey))
  }

  /** `\n` newlines, one at the end. */
  get pem(): string {
    return this.#once('pem', () => encodePem('CERTIFICATE', this.der))
  }

  get subject(): DistinguishedName {
    return this.#once('subject', () => parseDistinguishedName(this.#bytes(this.#layout.subject)))
  }

  get issuer(): DistinguishedName {
    return this.#once('issuer', () => parseDistinguishedName(this.#bytes(this.#layout.issuer)))
  }

  /** 64 hex digits; equal to another certificate's `issuerKey` when the names are equal. */
  get subjectKey(): string {
    return this.#once('subjectKey', () => nameKey(this.#bytes(this.#layout.subject)))
  }

  get issuerKey(): string {
    return this.#once('issuerKey', () => nameKey(this.#bytes(this.#layout.issuer)))
  }

  /** Uppercase hex of whole bytes; `0` for zero. */
  get serialNumber(): string {
    return this.#once('serialNumber', () => this.x509.serialNumber)
  }

  /** SHA-256 of the subjectPublicKeyInfo, 64 lowercase hex digits. */
  get publicKeySha256(): string {
    return this.#once('publicKeySha256', () => hash('sha256', this.#bytes(this.#layout.publicKey), 'hex'))
  }

  /** Lowercase hex of its subjectKeyIdentifier; `undefined` without one (RFC 5280 4.2.1.2). */
  get subjectKeyId(): string | undefined {
    return this.#once('subjectKeyId', () => {
      const value = this.#extensions.get(oids.subjectKeyIdentifier)?.value
      if (!value) return undefined
      const id = expectTag(readElement(value, 0, value.length), derTag.octetString, 'subjectKeyIdentifier')
      return Buffer.from(contentOf(value, id)).toString('hex')
    })
  }

  get notBefore(): Date {
    return this.#once('notBefore', () => readDate(this.x509.validFromDate, 'notBefore'))
  }

  get notAfter(): Date {
    return this.#once('notAfter', () => readDate(this.x509.validToDate, 'notAfter'))
  }

  /** Whether basicConstraints says CA:TRUE (RFC 5280 4.2.1.9). */
  get isCa(): boolean {
    return this.#once('isCa', () => {
      const value = this.#extensions.get(oids.basicConstraints)?.value
      if (!value) return false
      const [first] = readChildren(value, readElement(value, 0, value.length))
      return first?.tag === derTag.boolean && value[first.start] !== 0
    })
  }

  /** `SHA256-ECDSA`, `SHA256-RSA`, `SHA256-RSAPSS`, ...; the dotted OID of one that has no name here. */
  get signatureAlgorithm(): string {
    return this.#once('signatureAlgorithm', () =>
      readSignatureAlgorithm(this.der, this.#layout.signatureAlgorithm),
    )
  }

  /** The subject's alternative names. */
  get alternativeNames(): AlternativeNames {
    return this.#once('alternativeNames', () =>
      parseAlternativeNames(this.#extensions.get(oids.subjectAlternativeName)?.value),
    )
  }

  get issuerAlternativeNames(): AlternativeNames {
    return this.#once('issuerAlternativeNames', () =>
      parseAlternativeNames(this.#extensions.get(oids.issuerAlternativeName)?.value),
    )
  }

  /** Dotted OIDs. */
  get criticalExtensions(): readonly string[] {
    return this.#once('criticalExtensions', () =>
      [...this.#extensions.values()].filter(({ isCritical }) => isCritical).map(({ oid }) => oid),
    )
  }

  /** False when a keyUsage leaves digitalSignature out. */
  get maySign(): boolean {
    return this.#once('maySign', () => {
      const keyUsage = this.#extensions.get(oids.keyUsage)
      return !keyUsage || readDigitalSignature(keyUsage.value)
    })
  }

  /** Dotted OIDs of the extKeyUsage; `undefined` without one. */
  get purposes(): readonly string[] | undefined {
    return this.#once('purposes', () => {
      const extendedKeyUsage = this.#extensions.get(oids.extendedKeyUsage)
      return extendedKeyUsage && readPurposes(extendedKeyUsage.value)
    })
  }

  get #extensions(): Map<string, Extension> {
    return this.#once('extensions', () => readExtensions(this.der, this.#layout.extensions))
  }

  #bytes({ offset, end }: DerElement): Uint8Array {
    return this.der.subarray(offset, end)
  }

  #once<Part>(name: string, read: () => Part): Part {
    if (!this.#parts.has(name)) this.#parts.set(name, reading(read))
    return this.#parts.get(name) as Part
  }
}

/**
 * Text is PEM, of which the first certificate counts and is read in full; bytes are the DER of one
 * certificate, as a TLS handshake has accepted it, and `x509` the same as OpenSSL has read it, where that is at hand.
 * @throws {CertificateError}
 */
export function parseCertificate(pemOrDer: string | Uint8Array, x509?: X509Certificate): ParsedCertificate {
  if (typeof pemOrDer !== 'string') return new ParsedCertificate(pemOrDer, x509)
  const certificate = new ParsedCertificate(reading(() => decodePem(pemOrDer, 'CERTIFICATE')))
  void [certificate.x509, certificate.subjectKey, certificate.issuerKey]
  void [certificate.notBefore, certificate.notAfter]
  return certificate
}

function reading<Part>(read: () => Part): Part {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof CertificateError) throw cause
    if (cause instanceof PemError) throw new CertificateError(`is not readable: ${cause.message}`, { cause })
    const problem = cause instanceof DerError ? cause.message : 'OpenSSL cannot read it'
    throw new CertificateError(`is not a valid X.509 certificate: ${problem}`, { cause })
  }
}

function readDate(date: Date, name: string): Date {
  if (Number.isNaN(date.getTime())) throw new DerError(`${name} is no date`)
  return date
}

function readLayout(der: Uint8Array): Layout {
  if (der.length > maxDerBytes)
    throw new DerError(`it has ${der.length} bytes, at most ${maxDerBytes} are read`)
  const outer = expectTag(readElement(der, 0, der.length), derTag.sequence, 'the certificate')
  if (outer.end !== der.length) throw new DerError('bytes follow the certificate')
  const [toBeSigned, signatureAlgorithm, signature] = readChildren(der, outer)
  expectTag(signature, derTag.bitString, 'the signature')
  const fields = readChildren(der, expectTag(toBeSigned, derTag.sequence, 'the signed part'))
  const isVersioned = fields[0]?.tag === 0xa0 // version 1 leaves its number out
  const [, , issuer, , subject, publicKey, ...optional] = isVersioned ? fields.slice(1) : fields
  return {
    signatureAlgorithm: expectTag(signatureAlgorithm, derTag.sequence, 'the signature algorithm'),
    issuer: expectTag(issuer, derTag.sequence, 'the issuer'),
    subject: expectTag(subject, derTag.sequence, 'the subject'),
    publicKey: expectTag(publicKey, derTag.sequence, 'the public key'),
    extensions: optional.find(({ tag }) => tag === 0xa3),
  }
}

function readCurve(der: Uint8Array, publicKey: DerElement): string | undefined {
  const [algorithm] = readChildren(der, publicKey)
  const [type, parameters] = readChildren(der, expectTag(algorithm, derTag.sequence, 'the type of the key'))
  const kind = toDottedOid(contentOf(der, expectTag(type, derTag.objectIdentifier, 'the type of the key')))
  if (kind !== oids.ecPublicKey || parameters?.tag !== derTag.objectIdentifier) return undefined
  return toDottedOid(contentOf(der, parameters))
}

/**
 * Reads certificate revocation lists. Source: RFC 5280 5. Read by hand, since a list of a million entries must
 * neither fill the memory with objects nor hold up the server.
 */
import {
  contentOf,
  DerError,
  derTag,
  expectTag,
  readChildren,
  readElement,
  type DerElement,
} from '../../lib/der.ts'
import { readExtension } from '../../lib/extensions.ts'
import { nameKey, parseDistinguishedName } from '../../lib/distinguished-name.ts'
import { decodePem, PemError } from '../../lib/pem.ts'
import { readSignatureAlgorithm } from '../../lib/signature-algorithm.ts'
import { readTime, timeTags } from './crl-time.ts'

/** Why a list is of no use, as a predicate, e.g. `expired on 2026-01-01T00:00:00Z`; never quotes its bytes. */
export class CrlError extends Error {
  override readonly name = 'CrlError'
}

/** A list whose outline has been read. Nothing in it is proven yet. */
export interface Crl {
  der: Uint8Array
  /** 64 hex digits; equal to the CA's `subjectKey` when the names are equal. */
  issuerKey: string
  issuer: string
  thisUpdate: Date
  nextUpdate: Date | undefined
  /** The CRL number, which grows with each list. */
  number: bigint | undefined
  /** What the signature is about. */
  signed: Uint8Array
  /** e.g. `SHA256-ECDSA` */
  signatureAlgorithm: string
  signature: Uint8Array
  /** The revoked certificates; absent when there are none. */
  entries: DerElement | undefined
}

const oids = {
  crlNumber: '2.5.29.20',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  authorityKeyIdentifier: '2.5.29.35',
} as const

/**
 * Text is PEM with the label `X509 CRL`, anything that begins like DER is DER.
 * @throws {CrlError} for what is no list, or one of a kind that does not tell of all a CA's certificates
 */
export function parseCrl(bytes: Uint8Array): Crl {
  try {
    return readCrl(bytes[0] === derTag.sequence ? bytes : decodePem(toText(bytes), 'X509 CRL'))
  } catch (cause) {
    if (cause instanceof DerError) throw new CrlError(`is not a valid list: ${cause.message}`, { cause })
    if (cause instanceof PemError) throw new CrlError('is neither DER nor PEM of an X509 CRL', { cause })
    throw cause
  }
}

const toText = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

function readCrl(der: Uint8Array): Crl {
  const outer = expectTag(readElement(der, 0, der.length), derTag.sequence, 'the list')
  if (outer.end !== der.length) throw new DerError('bytes follow the list')
  const [toBeSigned, algorithm, signature] = readChildren(der, outer)
  const outerAlgorithm = expectTag(algorithm, derTag.sequence, 'the signature algorithm')
  const signatureBits = contentOf(der, expectTag(signature, derTag.bitString, 'the signature'))
  if (signatureBits[0] !== 0) throw new DerError('the signature is not of whole bytes')
  const signed = expectTag(toBeSigned, derTag.sequence, 'the signed part')
  const fields = readChildren(der, signed)
  if (fields[0]?.tag === derTag.integer) fields.shift() // the version; the first one leaves it out
  const [innerAlgorithm, issuer, thisUpdate, ...rest] = fields
  checkSameAlgorithm(der, outerAlgorithm, innerAlgorithm)
  const issuerName = bytesOf(der, expectTag(issuer, derTag.sequence, 'the issuer'))
  const nextUpdate = rest[0] && timeTags.has(rest[0].tag) ? rest.shift() : undefined
  const entries = rest[0]?.tag === derTag.sequence ? rest.shift() : undefined
  return {
    der,
    issuerKey: nameKey(issuerName),
    issuer: parseDistinguishedName(issuerName).toString().slice(0, 200),
    thisUpdate: readTime(der, thisUpdate, 'thisUpdate'),
    nextUpdate: nextUpdate && readTime(der, nextUpdate, 'nextUpdate'),
    number: readExtensions(der, rest[0]),
    signed: bytesOf(der, signed),
    signatureAlgorithm: readSignatureAlgorithm(der, outerAlgorithm),
    signature: signatureBits.subarray(1), // after the count of unused bits
    entries,
  }
}

/** RFC 5280 5.1.1.2: else the signature would not cover how it was made. */
function checkSameAlgorithm(der: Uint8Array, outer: DerElement, inner: DerElement | undefined): void {
  const expected = bytesOf(
    der,
    expectTag(inner, derTag.sequence, 'the signature algorithm of the signed part'),
  )
  if (Buffer.compare(expected, bytesOf(der, outer)) !== 0)
    throw new DerError('it names two different signature algorithms')
}

const bytesOf = (der: Uint8Array, { offset, end }: DerElement) => der.subarray(offset, end)

/** The CRL number. @throws {CrlError} for an extension that limits what the list tells */
function readExtensions(der: Uint8Array, element: DerElement | undefined): bigint | undefined {
  if (element === undefined) return undefined
  const [list] = readChildren(der, expectTag(element, 0xa0, 'the list of extensions'))
  let number: bigint | undefined
  for (const extension of readChildren(der, expectTag(list, derTag.sequence, 'the list of extensions'))) {
    const { oid, isCritical, value } = readExtension(der, extension)
    switch (oid) {
      case oids.crlNumber:
        number = readNumber(value)
        break
      case oids.deltaCrlIndicator:
        throw new CrlError('is a delta CRL; expected a complete one')
      case oids.issuingDistributionPoint:
        checkDistributionPoint(value)
        break
      case oids.authorityKeyIdentifier: // the signature tells whose key it was
        break
      default:
        if (isCritical) throw new CrlError(`has the critical extension ${oid}, which is not supported`)
    }
  }
  return number
}

function readNumber(value: Uint8Array): bigint {
  const element = expectTag(readElement(value, 0, value.length), derTag.integer, 'the CRL number')
  const content = contentOf(value, element)
  if (content.length === 0 || content.length > 20) throw new DerError('the CRL number has no proper length')
  return BigInt.asIntN(content.length * 8, BigInt(`0x${Buffer.from(content).toString('hex')}`))
}

/** RFC 5280 5.2.5, by tag. A name (0) and user certificates (1) leave the list complete for devices. */
const limits = new Map([
  [0x82, 'tells of CA certificates alone'],
  [0xa3, 'tells of some reasons for revocation alone'],
  [0x83, 'tells of some reasons for revocation alone'],
  [0x84, 'is an indirect CRL, which tells of certificates of other CAs; that is not supported'],
  [0x85, 'tells of attribute certificates alone'],
])

function checkDistributionPoint(value: Uint8Array): void {
  const parts = readChildren(value, readElement(value, 0, value.length))
  for (const { tag, start, end } of parts) {
    const isFalse = end - start === 1 && value[start] === 0
    const limit = limits.get(tag)
    if (limit !== undefined && !isFalse) throw new CrlError(limit)
  }
}

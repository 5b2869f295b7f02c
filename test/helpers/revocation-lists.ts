/** Certificate revocation lists for tests, also such as no sane CA makes. Written in DER by hand. */
import {
  der,
  encodeName,
  extension,
  integer,
  sequence,
  signatureAlgorithm,
  signed,
  time,
  toPem,
  type KeyPair,
  type SignatureType,
  type SubjectInput,
  type TestCertificate,
} from './certificates.ts'

export interface CrlOptions {
  /** Serial numbers, or entries with more to them. */
  revoked?: readonly (bigint | RevokedEntry)[]
  /** Default 1; `undefined` given leaves it out. */
  number?: bigint | undefined
  /** Default: one minute ago. */
  thisUpdate?: Date
  /** Default: in a day; `undefined` given leaves it out. */
  nextUpdate?: Date | undefined
  issuer?: SubjectInput
  key?: KeyPair
  signature?: SignatureType
  /** What the signed part says of the signature; the truth by default. */
  statedSignature?: SignatureType
  /** Flips a bit of the signature. */
  forged?: boolean
  /** More extensions of the list. */
  extensions?: readonly Buffer[]
}

interface RevokedEntry {
  serialNumber: bigint
  /** Of the reasonCode extension, e.g. 6 for certificateHold. */
  reason?: number
  extensions?: readonly Buffer[]
}

/** DER of a list of the CA. */
export function makeCrl(ca: Pick<TestCertificate, 'key' | 'subject'>, options: CrlOptions = {}): Buffer {
  const key = options.key ?? ca.key
  const thisUpdate = options.thisUpdate ?? new Date(Date.now() - 60_000)
  const nextUpdate = 'nextUpdate' in options ? options.nextUpdate : new Date(Date.now() + 86_400_000)
  const number = 'number' in options ? options.number : 1n
  const entries = (options.revoked ?? []).map((entry) =>
    toEntry(typeof entry === 'bigint' ? { serialNumber: entry } : entry, thisUpdate),
  )
  const extensions = [
    ...(number === undefined ? [] : [extension('2.5.29.20', integer(number))]),
    ...(options.extensions ?? []),
  ]
  const toBeSigned = sequence(
    integer(1n),
    signatureAlgorithm(key, options.statedSignature ?? options.signature),
    options.issuer === undefined ? ca.subject : encodeName(options.issuer),
    time(thisUpdate),
    ...(nextUpdate ? [time(nextUpdate)] : []),
    ...(entries.length > 0 ? [sequence(Buffer.concat(entries))] : []),
    ...(extensions.length > 0 ? [der(0xa0, sequence(...extensions))] : []),
  )
  return signed(toBeSigned, key, options)
}

export const crlPem = (crl: Uint8Array): string => toPem('X509 CRL', crl)

export const deltaCrlIndicator = extension('2.5.29.27', integer(1n), true)

/** `tag` is of a member of IssuingDistributionPoint, e.g. 0x84 for indirectCRL. */
export const distributionPoint = (tag: number): Buffer =>
  extension('2.5.29.28', sequence(der(tag, Buffer.of(0xff))), true)

export const unknownExtension = (isCritical: boolean): Buffer =>
  extension('1.3.6.1.4.1.99999.1', der(4), isCritical)

/** Says that an entry, and those after it, are of another CA: the list is an indirect one. */
export const certificateIssuer = extension('2.5.29.29', sequence(der(0x84, encodeName('CN=Other'))), true)

function toEntry({ serialNumber, reason, extensions = [] }: RevokedEntry, at: Date): Buffer {
  const all = [
    ...(reason === undefined ? [] : [extension('2.5.29.21', der(0x0a, Buffer.of(reason)))]),
    ...extensions,
  ]
  return sequence(integer(serialNumber), time(at), ...(all.length > 0 ? [sequence(...all)] : []))
}

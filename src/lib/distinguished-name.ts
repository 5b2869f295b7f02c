/**
 * X.500 names as certificates carry them, read from DER: text forms of a name are ambiguous once a value
 * holds a line break, a comma, or an equals sign. Source: RFC 5280 4.1.2.4, RFC 4514.
 */
import { hash } from 'node:crypto'
import {
  contentOf,
  derTag,
  expectTag,
  readChildren,
  readElement,
  toDottedOid,
  type DerElement,
} from './der.ts'

/** Attribute names as IoT policy variables and provisioning templates spell them. */
type NameAttribute = (typeof attributeNames)[keyof typeof attributeNames]

export interface DistinguishedName {
  /** All values of the attribute in the order of the name; empty when it has none. */
  get: (attribute: NameAttribute) => readonly string[]
  /** `C=US, O=Acme, CN=lamp-1` in the order of the name, specials and control characters escaped. */
  toString: () => string
}

const attributeNames = {
  '2.5.4.3': 'CommonName',
  '2.5.4.4': 'Surname',
  '2.5.4.5': 'SerialNumber',
  '2.5.4.6': 'Country',
  '2.5.4.8': 'State',
  '2.5.4.10': 'Organization',
  '2.5.4.11': 'OrganizationalUnit',
  '2.5.4.12': 'Title',
  '2.5.4.42': 'GivenName',
  '2.5.4.43': 'Initials',
  '2.5.4.44': 'GenerationQualifier',
  '2.5.4.46': 'DistinguishedNameQualifier',
  '2.5.4.65': 'Pseudonym',
} as const

const shortNames = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.46', 'dnQualifier'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
])

/** The dotted type of an attribute by its short name (`CN`, in any case) or by itself; `undefined` for what is neither. */
export function attributeTypeOf(name: string): string | undefined {
  if (/^[0-2](?:\.\d+)+$/.test(name)) return name
  const wanted = name.toLowerCase()
  for (const [type, short] of shortNames) if (short.toLowerCase() === wanted) return type
  return undefined
}

/** E.g. `CN`, `O`, `serialNumber`. */
export const attributeShortNames: readonly string[] = [...shortNames.values()]

interface Attribute {
  /** Dotted. */
  type: string
  value: string
}

/** Attributes of one relative distinguished name; nearly always one. */
type RelativeName = readonly Attribute[]

/**
 * Reads the DER of a whole name.
 * @throws {DerError} when it is not one
 */
export function parseDistinguishedName(bytes: Uint8Array): DistinguishedName {
  const parts = readName(bytes)
  const values = new Map<string, string[]>()
  for (const { type, value } of parts.flat()) {
    const known = values.get(type)
    if (known) known.push(value)
    else values.set(type, [value])
  }
  return {
    get: (attribute) => values.get(attributeOids.get(attribute) ?? '') ?? [],
    toString: () => parts.map((part) => part.map(formatAttribute).join('+')).join(', '),
  }
}

/**
 * A key of 64 hex digits that two names share when they are equal: case, string type, and the amount of white
 * space do not count (RFC 5280 7.1).
 * @throws {DerError} when `bytes` are not a name
 */
export function nameKey(bytes: Uint8Array): string {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const known = nameKeys.get(name)
  if (known !== undefined) return known
  const key = hash('sha256', readName(bytes).map(foldPart).join(''), 'hex')
  if (nameKeys.size >= maxNameKeys) nameKeys.clear()
  nameKeys.set(name, key)
  return key
}

/** Keys by DER: all devices of a CA name the same issuer. */
const nameKeys = new Map<string, string>()
const maxNameKeys = 1000

function foldPart(part: RelativeName): string {
  const attributes = part.map(({ type, value }) => {
    const folded = value.trim().replaceAll(/\s+/g, ' ').toLowerCase()
    return `${type}:${folded.length}:${folded}`
  })
  return `${attributes.length}/${attributes.toSorted().join('')}`
}

const attributeOids = new Map<NameAttribute, string>(
  Object.entries(attributeNames).map(([oid, name]) => [name, oid]),
)

function readName(bytes: Uint8Array): RelativeName[] {
  const name = expectTag(readElement(bytes, 0, bytes.length), derTag.sequence, 'the name')
  return readChildren(bytes, name).map((part) =>
    readChildren(bytes, expectTag(part, derTag.set, 'a part of the name')).map((attribute) => {
      const [type, value] = readChildren(
        bytes,
        expectTag(attribute, derTag.sequence, 'an attribute of the name'),
      )
      const oid = expectTag(type, derTag.objectIdentifier, 'the type of an attribute')
      return { type: toDottedOid(contentOf(bytes, oid)), value: readText(bytes, value) }
    }),
  )
}

// a byte order mark is part of the value: two names that differ in it are two names
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const utf16 = new TextDecoder('utf-16be', { ignoreBOM: true })

/** Text of any string type (RFC 5280 4.1.2.4); other types as `#` and the hex of the element (RFC 4514 2.4). */
function readText(bytes: Uint8Array, element: DerElement | undefined): string {
  if (!element) return ''
  const content = contentOf(bytes, element)
  switch (element.tag) {
    case 0x0c: // UTF8String
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      return utf8.decode(content)
    case 0x14: // TeletexString, in practice Latin-1
      return Buffer.from(content).toString('latin1')
    case 0x1e: // BMPString
      return utf16.decode(content)
    case 0x1c: // UniversalString
      return decodeUtf32(content)
    default:
      return `#${Buffer.from(bytes.subarray(element.offset, element.end)).toString('hex')}`
  }
}

const replacement = 0xfffd

/** What is no character becomes U+FFFD, as in the other decoders. */
function decodeUtf32(content: Uint8Array): string {
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  let text = ''
  for (let at = 0; at < content.length; at += 4) {
    const point = at + 4 <= content.length ? view.getUint32(at) : replacement
    const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
    text += String.fromCodePoint(isCharacter ? point : replacement)
  }
  return text
}

function formatAttribute({ type, value }: Attribute): string {
  return `${shortNames.get(type) ?? type}=${escapeValue(value)}`
}

/** RFC 4514 2.4; controls and invisible characters as escaped bytes too, so a name stays one readable line. */
function escapeValue(value: string): string {
  return value
    .replaceAll(/["+,;<>\\]|^[ #]| $/g, (special) => `\\${special}`)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (hidden) =>
      [...Buffer.from(hidden)]
        .map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join(''),
    )
}

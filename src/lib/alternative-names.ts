/** Alternative names of a certificate's subject or issuer. Source: RFC 5280 4.2.1.6. */
import { isIPv6 } from 'node:net'
import { contentOf, readChildren, readElement, type DerElement } from './der.ts'
import { parseDistinguishedName } from './distinguished-name.ts'

/** Kinds as IoT policy variables spell them. */
type AlternativeNameKind = (typeof kinds)[keyof typeof kinds]

export interface AlternativeNames {
  /** All names of the kind in order; empty when there are none. */
  get: (kind: AlternativeNameKind) => readonly string[]
}

const kinds = {
  0x81: 'RFC822Name',
  0x82: 'DNSName',
  0xa4: 'DirectoryName',
  0x86: 'UniformResourceIdentifier',
  0x87: 'IPAddress',
} as const

/**
 * Reads the value of the extension; no extension has no names.
 * @throws {DerError} when it is malformed
 */
export function parseAlternativeNames(value: Uint8Array | undefined): AlternativeNames {
  const names = new Map<AlternativeNameKind, string[]>()
  if (value)
    for (const element of readChildren(value, readElement(value, 0, value.length))) {
      const kind = element.tag in kinds ? kinds[element.tag as keyof typeof kinds] : undefined
      if (!kind) continue
      const known = names.get(kind) ?? []
      known.push(readName(value, element, kind))
      names.set(kind, known)
    }
  return { get: (kind) => names.get(kind) ?? [] }
}

function readName(bytes: Uint8Array, element: DerElement, kind: AlternativeNameKind): string {
  const content = contentOf(bytes, element)
  if (kind === 'DirectoryName') return parseDistinguishedName(content).toString()
  if (kind === 'IPAddress') return formatIpAddress(content)
  return new TextDecoder().decode(content)
}

function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: bytes.length / 2 }, (_, at) =>
    ((bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)).toString(16),
  )
  const text = groups.join(':')
  return isIPv6(text) ? new URL(`http://[${text}]`).hostname.slice(1, -1) : Buffer.from(bytes).toString('hex')
}

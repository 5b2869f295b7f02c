/** Extensions of certificates and of revocation lists. Source: RFC 5280 4.1 and 4.2. */
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

export interface Extension {
  /** Dotted. */
  oid: string
  /** Who does not know it must refuse what it is in. */
  isCritical: boolean
  value: Uint8Array
}

/** @throws {DerError} */
export function readExtension(der: Uint8Array, element: DerElement): Extension {
  const parts = readChildren(der, expectTag(element, derTag.sequence, 'an extension'))
  const oid = expectTag(parts[0], derTag.objectIdentifier, 'the type of an extension')
  const value = expectTag(parts.at(-1), derTag.octetString, 'the value of an extension')
  const flag = parts.length > 2 ? expectTag(parts[1], derTag.boolean, 'the flag of an extension') : undefined
  return {
    oid: toDottedOid(contentOf(der, oid)),
    isCritical: flag !== undefined && der[flag.start] !== 0,
    value: contentOf(der, value),
  }
}

/**
 * By dotted OID. `element` is the tagged field that holds the list; without it there are none.
 * @throws {DerError} also when one comes twice
 */
export function readExtensions(der: Uint8Array, element: DerElement | undefined): Map<string, Extension> {
  const found = new Map<string, Extension>()
  if (!element) return found
  const list = expectTag(readChildren(der, element)[0], derTag.sequence, 'the list of extensions')
  for (const one of readChildren(der, list)) {
    const extension = readExtension(der, one)
    if (found.has(extension.oid)) throw new DerError(`it has the extension ${extension.oid} twice`) // RFC 5280 4.2
    found.set(extension.oid, extension)
  }
  return found
}

/** Whether the first bit of keyUsage is set (RFC 5280 4.2.1.3). @throws {DerError} */
export function readDigitalSignature(keyUsage: Uint8Array): boolean {
  const bits = expectTag(readElement(keyUsage, 0, keyUsage.length), derTag.bitString, 'keyUsage')
  const [, first = 0] = contentOf(keyUsage, bits) // behind the count of unused bits
  return (first & 0x80) !== 0
}

/** Dotted OIDs of extKeyUsage (RFC 5280 4.2.1.12). @throws {DerError} */
export function readPurposes(extendedKeyUsage: Uint8Array): string[] {
  const whole = readElement(extendedKeyUsage, 0, extendedKeyUsage.length)
  return readChildren(extendedKeyUsage, expectTag(whole, derTag.sequence, 'extKeyUsage')).map((purpose) =>
    toDottedOid(contentOf(extendedKeyUsage, expectTag(purpose, derTag.objectIdentifier, 'a purpose'))),
  )
}

/** A small reader of DER, the binary form of certificates (ITU-T X.690). It copies nothing and trusts nothing. */

export class DerError extends Error {
  override readonly name = 'DerError'
}

/** One element: its tag, and where it and its content lie in the bytes it was read from. */
export interface DerElement {
  tag: number
  offset: number
  start: number
  end: number
}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

const maxLengthBytes = 4

/**
 * Reads the element at `offset`; it must end at or before `limit`.
 * @throws {DerError} on an indefinite length, a tag above 30, or an element that is cut off
 */
export function readElement(bytes: Uint8Array, offset: number, limit: number): DerElement {
  const tag = byteAt(bytes, offset, limit)
  if ((tag & 0x1f) === 0x1f) throw new DerError(`unexpected DER tag ${tag} at byte ${offset}`)
  const first = byteAt(bytes, offset + 1, limit)
  let start = offset + 2
  let length = first
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0 || count > maxLengthBytes)
      throw new DerError(`unexpected DER length at byte ${offset + 1}`)
    length = 0
    for (let read = 0; read < count; read++) length = length * 256 + byteAt(bytes, start++, limit)
  }
  const end = start + length
  if (end > limit) throw new DerError(`the element at byte ${offset} is cut off`)
  return { tag, offset, start, end }
}

/** The elements that `parent` consists of, in order. */
export function readChildren(bytes: Uint8Array, parent: DerElement): DerElement[] {
  const children: DerElement[] = []
  for (let offset = parent.start; offset < parent.end;) {
    const child = readElement(bytes, offset, parent.end)
    children.push(child)
    offset = child.end
  }
  return children
}

/** @throws {DerError} when `element` is missing or of another tag; `what` names it in the text. */
export function expectTag(element: DerElement | undefined, tag: number, what: string): DerElement {
  if (!element) throw new DerError(`${what} is missing`)
  if (element.tag !== tag) throw new DerError(`${what} has DER tag ${element.tag}, expected ${tag}`)
  return element
}

export function contentOf(bytes: Uint8Array, { start, end }: DerElement): Uint8Array {
  return bytes.subarray(start, end)
}

/** An object identifier's content in dotted form, e.g. `2.5.4.3`. */
export function toDottedOid(content: Uint8Array): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)))
    else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

function byteAt(bytes: Uint8Array, offset: number, limit: number): number {
  const byte = offset < limit ? bytes[offset] : undefined
  if (byte === undefined) throw new DerError(`the bytes end at ${offset}, in the middle of an element`)
  return byte
}

/**
 * CBOR (RFC 8949) as far as JSON goes: text, numbers, booleans, null, lists, and maps with names of text. That is what
 * services speak that offer both formats. Beside it times, where they are asked for.
 */

/** Maps have no prototype, so no name in them is special. */
export type CborValue = null | boolean | number | string | CborValue[] | { [name: string]: CborValue }

/** What the text of an error calls it is for a person. */
export class CborError extends Error {
  override readonly name = 'CborError'
}

/** A number that is written as one with a fraction, whether it has one or not. */
export class CborFloat {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** Epoch seconds: RFC 8949 3.4.2. */
export class CborTime {
  readonly seconds: number

  constructor(seconds: number) {
    this.seconds = seconds
  }
}

const majorTypes = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  list: 4,
  map: 5,
  tag: 6,
  simple: 7,
} as const

/** Members that are `undefined` are left out. @throws {TypeError} on what it does not know */
export function encodeCbor(value: unknown): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([head('text', text.length), text])
  }
  if (typeof value === 'number') return encodeNumber(value)
  if (value === null) return Buffer.from([0xf6])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4])
  if (value instanceof CborFloat) return encodeFloat(value.value)
  if (value instanceof CborTime) return Buffer.concat([head('tag', timeTag), encodeNumber(value.seconds)])
  if (Array.isArray(value)) return Buffer.concat([head('list', value.length), ...value.map(encodeCbor)])
  if (typeof value !== 'object' || ArrayBuffer.isView(value))
    throw new TypeError(`what JSON has can be encoded, got ${typeof value}`)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const encoded = members.flatMap(([name, member]) => [encodeCbor(name), encodeCbor(member)])
  return Buffer.concat([head('map', members.length), ...encoded])
}

function encodeNumber(value: number): Buffer {
  if (!Number.isSafeInteger(value)) return encodeFloat(value)
  return value < 0 ? head('negative', -1 - value) : head('unsigned', value)
}

function encodeFloat(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0xfb
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function head(type: keyof typeof majorTypes, argument: number): Buffer {
  const first = majorTypes[type] << 5
  if (argument < 24) return Buffer.from([first | argument])
  if (argument < 0x100) return Buffer.from([first | 24, argument])
  if (argument < 0x1_00_00) return Buffer.from([first | 25, argument >> 8, argument & 0xff])
  const long = Buffer.alloc(9)
  long[0] = first | 27
  long.writeBigUInt64BE(BigInt(argument), 1)
  return long
}

export interface CborLimits {
  /** Of the whole. */
  maxBytes: number
  /** Lists and maps inside each other. */
  maxDepth: number
  /** Reads a time as its epoch seconds; otherwise it is refused, as JSON has none. */
  takesTimes?: boolean
}

/** Reads the one value that `bytes` are. @throws {CborError} saying what was expected, and at which byte */
export function decodeCbor(bytes: Uint8Array, { maxBytes, ...limits }: CborLimits): CborValue {
  if (bytes.length > maxBytes)
    throw new CborError(`there are ${bytes.length} bytes, at most ${maxBytes} are read`)
  return new CborReader(bytes, limits).readDocument()
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const indefinite = 31
const breakByte = 0xff
const timeTag = 1
const simpleValues = new Map<number, CborValue>([
  [20, false],
  [21, true],
  [22, null],
])

class CborReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #maxDepth: number
  readonly #takesTimes: boolean
  #at = 0
  #depth = 0

  constructor(bytes: Uint8Array, { maxDepth, takesTimes = false }: Omit<CborLimits, 'maxBytes'>) {
    this.#takesTimes = takesTimes
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#maxDepth = maxDepth
  }

  readDocument(): CborValue {
    const value = this.#readValue()
    if (this.#at < this.#bytes.length) this.#fail('nothing after the value')
    return value
  }

  #readValue(): CborValue {
    const { type, information } = this.#readInitialByte()
    switch (type) {
      case majorTypes.unsigned:
        return this.#readArgument(information)
      case majorTypes.negative:
        return -1 - this.#readArgument(information)
      case majorTypes.text:
        return this.#readText(information)
      case majorTypes.list:
        return this.#readList(information)
      case majorTypes.map:
        return this.#readMap(information)
      case majorTypes.simple:
        return this.#readSimple(information)
      case majorTypes.tag:
        if (this.#takesTimes) return this.#readTime(information)
        return this.#fail('a value that JSON has too')
      default:
        return this.#fail('a value that JSON has too')
    }
  }

  #readInitialByte(): { type: number; information: number } {
    this.#need(1)
    const byte = this.#bytes[this.#at++] ?? 0
    return { type: byte >> 5, information: byte & 0x1f }
  }

  /** RFC 8949 3: what follows the initial byte, as a whole number. */
  #readArgument(information: number): number {
    if (information < 24) return information
    if (information > 27) this.#fail('a number, or a length')
    const size = 2 ** (information - 24)
    this.#need(size)
    const at = this.#at
    this.#at += size
    if (size === 1) return this.#view.getUint8(at)
    if (size === 2) return this.#view.getUint16(at)
    if (size === 4) return this.#view.getUint32(at)
    const long = this.#view.getBigUint64(at)
    if (long > BigInt(Number.MAX_SAFE_INTEGER)) this.#fail('a number of at most 53 bits')
    return Number(long)
  }

  /** Of indefinite length it comes in parts, each of which is text. */
  #readText(information: number): string {
    if (information !== indefinite) return this.#readPart(this.#readArgument(information))
    let text = ''
    while (!this.#takeBreak()) {
      const part = this.#readInitialByte()
      if (part.type !== majorTypes.text || part.information === indefinite) this.#fail('a part of a text')
      text += this.#readPart(this.#readArgument(part.information))
    }
    return text
  }

  #readPart(length: number): string {
    this.#need(length)
    const part = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    try {
      return utf8.decode(part)
    } catch {
      return this.#fail('text in UTF-8')
    }
  }

  #readList(information: number): CborValue[] {
    const list: CborValue[] = []
    this.#readItems(information, () => list.push(this.#readValue()))
    return list
  }

  /** A name that comes twice is refused, since one of the two would be lost in silence. */
  #readMap(information: number): { [name: string]: CborValue } {
    const map = Object.create(null) as { [name: string]: CborValue }
    this.#readItems(information, () => {
      const { type, information: length } = this.#readInitialByte()
      if (type !== majorTypes.text) this.#fail('a name of text')
      const name = this.#readText(length)
      if (name in map) this.#fail('each name once')
      map[name] = this.#readValue()
    })
    return map
  }

  #readItems(information: number, readItem: () => void): void {
    if (++this.#depth > this.#maxDepth) this.#fail(`at most ${this.#maxDepth} levels`)
    if (information === indefinite) while (!this.#takeBreak()) readItem()
    else {
      const count = this.#readArgument(information)
      this.#need(count) // each takes a byte at least
      for (let item = 0; item < count; item++) readItem()
    }
    this.#depth--
  }

  #readTime(information: number): number {
    if (this.#readArgument(information) !== timeTag) this.#fail('a time')
    const { type, information: rest } = this.#readInitialByte()
    if (type === majorTypes.unsigned) return this.#readArgument(rest)
    if (type === majorTypes.negative) return -1 - this.#readArgument(rest)
    const seconds = type === majorTypes.simple ? this.#readSimple(rest) : undefined
    return typeof seconds === 'number' ? seconds : this.#fail('epoch seconds')
  }

  #readSimple(information: number): CborValue {
    const simple = simpleValues.get(information)
    if (simple !== undefined) return simple
    if (information < 25 || information > 27) this.#fail('true, false, null, or a number')
    const size = 2 ** (information - 24)
    this.#need(size)
    const at = this.#at
    this.#at += size
    if (size === 2) return this.#view.getFloat16(at)
    return size === 4 ? this.#view.getFloat32(at) : this.#view.getFloat64(at)
  }

  #takeBreak(): boolean {
    this.#need(1)
    if (this.#bytes[this.#at] !== breakByte) return false
    this.#at++
    return true
  }

  #need(count: number): void {
    if (this.#bytes.length - this.#at < count) this.#fail(`${count} more bytes`)
  }

  #fail(expected: string): never {
    throw new CborError(`expected ${expected} at byte ${this.#at}`)
  }
}

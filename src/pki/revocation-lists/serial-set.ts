import { randomInt } from 'node:crypto'

const minSlots = 1024
const usualBytes = 17
const maxSerialBytes = 255

/**
 * Serial numbers of certificates, exact and packed: a million of 16 bytes take some 25 MB, a Set of texts takes
 * four times that. A slot holds where its number begins in the bytes, and 0 when it is free.
 */
export class SerialSet {
  size = 0
  #slots: Uint32Array
  #bytes: Uint8Array
  #end = 1
  /** Unknown outside, so that nobody can choose numbers that share a slot. */
  readonly #seed = randomInt(2 ** 32)

  /** `expected` numbers find room at once; there may be more. */
  constructor(expected = 0) {
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(minSlots, expected * 2))))
    this.#bytes = new Uint8Array(Math.max(minSlots, expected) * usualBytes)
  }

  /**
   * Adds the content of a DER INTEGER, from `start` to `end`.
   * @throws {RangeError} on an empty or absurdly long one
   */
  addInteger(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 1 || end - start > maxSerialBytes)
      throw new RangeError(`a serial number has 1 to ${maxSerialBytes} bytes, not ${end - start}`)
    if ((bytes[start] ?? 0) >= 0x80) return this.#add(negativeKey(bytes.subarray(start, end)))
    let first = start
    while (first < end && bytes[first] === 0) first++
    this.#add(bytes, first, end)
  }

  /** `serialNumber` is hex as `X509Certificate` gives it. */
  has(serialNumber: string): boolean {
    const key = toKey(serialNumber)
    return key !== undefined && this.#slots[this.#findSlot(key, 0, key.length)] !== 0
  }

  #add(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const slot = this.#findSlot(bytes, start, end)
    if (this.#slots[slot] !== 0) return
    this.#makeRoom(end - start + 1)
    this.#slots[slot] = this.#end
    this.#bytes[this.#end] = end - start
    this.#bytes.set(bytes.subarray(start, end), this.#end + 1)
    this.#end += end - start + 1
    this.size++
    if (this.size * 2 > this.#slots.length) this.#growSlots()
  }

  /** The slot that holds the number, or the free one where it belongs. */
  #findSlot(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1
    let slot = this.#hash(bytes, start, end) & mask
    for (let at = this.#slots[slot] ?? 0; at !== 0; at = this.#slots[slot] ?? 0) {
      if (this.#isAt(at, bytes, start, end)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #isAt(at: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#bytes[at] !== end - start) return false
    for (let read = start; read < end; read++)
      if (bytes[read] !== this.#bytes[at + 1 + read - start]) return false
    return true
  }

  /** FNV-1a, and the final mixing of MurmurHash3. */
  #hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = this.#seed
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    return (hash ^ (hash >>> 13)) >>> 0
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#bytes.length) return
    const larger = new Uint8Array(this.#bytes.length * 2)
    larger.set(this.#bytes)
    this.#bytes = larger
  }

  #growSlots(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(before.length * 2)
    for (const at of before) {
      if (at === 0) continue
      const slot = this.#findSlot(this.#bytes, at + 1, at + 1 + (this.#bytes[at] ?? 0))
      this.#slots[slot] = at
    }
  }
}

/** Magnitude without leading zeros; that of a negative number behind one zero, where no other key has it. */
function toKey(serialNumber: string): Uint8Array | undefined {
  const [, sign, digits = ''] = /^(-?)0*([0-9A-Fa-f]*)$/.exec(serialNumber) ?? []
  if (sign === undefined) return undefined
  const magnitude = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex')
  return sign === '-' ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude
}

/** RFC 5280 4.1.2.2: there are CAs that made negative serial numbers, and they have to be put up with. */
function negativeKey(content: Uint8Array): Uint8Array {
  const value = BigInt.asIntN(content.length * 8, BigInt(`0x${Buffer.from(content).toString('hex')}`))
  return toKey(value.toString(16)) ?? content
}

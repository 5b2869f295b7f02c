/** Reads what a `ByteWriter` wrote. @throws {RangeError} where it ends too early */
export class ByteReader {
  readonly #bytes: Buffer
  #at: number
  readonly #end: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    if (end > bytes.length) throw new RangeError('what was read ends too early')
  }

  byte(): number {
    return this.#bytes[this.#take(1)] ?? 0
  }

  count(): number {
    let value = 0
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
    }
  }

  text(): string {
    const length = this.count()
    const start = this.#take(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** A copy: one message that is kept for long would keep all that came with it. */
  bytes(): Uint8Array {
    const length = this.count()
    const start = this.#take(length)
    const copy = Buffer.allocUnsafe(length)
    this.#bytes.copy(copy, 0, start, start + length)
    return copy
  }

  #take(length: number): number {
    const start = this.#at
    if (start + length > this.#end) throw new RangeError('what was read ends too early')
    this.#at += length
    return start
  }
}

/** Puts numbers, texts, and bytes one after another. What is written is taken before the next begins. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(4096)
  #end = 0

  /** A view, until the next `begin`. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#end)
  }

  begin(): void {
    this.#end = 0
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#end++] = value
  }

  /** A whole number from 0, seven bits a byte, the lowest first. */
  count(value: number): void {
    this.#reserve(maxCountBytes)
    let left = value
    while (left >= 0x80) {
      this.#bytes[this.#end++] = (left % 0x80) | 0x80
      left = Math.floor(left / 0x80)
    }
    this.#bytes[this.#end++] = left
  }

  /** With its length before it. */
  text(value: string): void {
    if (value.length <= shortText && this.#shortText(value)) return
    const length = Buffer.byteLength(value)
    this.count(length)
    this.#reserve(length)
    this.#end += this.#bytes.write(value, this.#end, 'utf8')
  }

  /** With their length before them. */
  bytes(value: Uint8Array): void {
    this.count(value.length)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#end)
    this.#end += value.length
  }

  /** Without a call out of JavaScript. False when it is not ASCII: nothing is written then. */
  #shortText(value: string): boolean {
    const { length } = value
    this.#reserve(length + 1)
    const bytes = this.#bytes
    const start = this.#end + 1
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(at)
      if (code >= 0x80) return false
      bytes[start + at] = code
    }
    bytes[this.#end] = length
    this.#end = start + length
    return true
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#end + length))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}

/** Its length is one byte. */
const shortText = 0x7f
/** Of a number up to 2 ** 53. */
const maxCountBytes = 8

import { isUtf8 } from 'node:buffer'
import type { Frame } from './frames.ts'
import { PacketFault } from './packet-fault.ts'

/** Reads the fields of one packet one after another. Every method throws `PacketFault` where the packet ends too early. */
export class PacketReader {
  readonly buffer: Buffer
  readonly end: number
  at: number

  constructor({ buffer, bodyStart, end }: Pick<Frame, 'buffer' | 'bodyStart' | 'end'>) {
    this.buffer = buffer
    this.at = bodyStart
    this.end = end
  }

  get isAtEnd(): boolean {
    return this.at === this.end
  }

  uint8(): number {
    return this.buffer[this.#take(1)] ?? 0
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.#take(2))
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.#take(4))
  }

  /** A variable byte integer, in as few bytes as it needs. [MQTT-1.5.5-1] */
  length(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.uint8()
      value |= (byte & 0x7f) << shift
      if (byte >= 0x80) continue
      if (byte === 0 && shift > 0) throw new PacketFault('malformed-packet', 'an integer is padded')
      return value
    }
    throw new PacketFault('malformed-packet', 'an integer has more than 4 bytes')
  }

  /** [MQTT-2.2.1-3] of MQTT 5, [MQTT-2.3.1-1] of 3.1.1 */
  packetId(): number {
    const id = this.uint16()
    if (id === 0) throw new PacketFault('malformed-packet', 'the packet id is 0')
    return id
  }

  /** A view into the packet. */
  bytes(): Buffer {
    const length = this.uint16()
    const start = this.#take(length)
    return this.buffer.subarray(start, start + length)
  }

  /** Well-formed, without NUL. [MQTT-1.5.4-1] [MQTT-1.5.4-2] */
  text(what: string): string {
    const length = this.uint16()
    const start = this.#take(length)
    const text = this.buffer.toString('utf8', start, start + length)
    if (text.includes('\0')) throw new PacketFault('malformed-packet', `the ${what} holds a NUL`)
    if (text.includes('\uFFFD') && !isUtf8(this.buffer.subarray(start, start + length)))
      throw new PacketFault('malformed-packet', `the ${what} is not well-formed UTF-8 text`)
    return text
  }

  /** What is left. */
  rest(): Buffer {
    const start = this.at
    this.at = this.end
    return this.buffer.subarray(start, this.end)
  }

  finish(): void {
    if (this.at !== this.end)
      throw new PacketFault('malformed-packet', 'the packet is longer than its fields')
  }

  #take(bytes: number): number {
    const start = this.at
    if (start + bytes > this.end) throw new PacketFault('malformed-packet', 'the packet is cut off')
    this.at = start + bytes
    return start
  }
}

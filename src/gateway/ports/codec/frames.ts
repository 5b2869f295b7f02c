import { PacketFault } from './packet-fault.ts'

/** One packet inside a buffer that nobody writes to any more. */
export interface Frame {
  /** Packet type and flags. */
  header: number
  buffer: Buffer
  start: number
  bodyStart: number
  end: number
}

const nothing = Buffer.alloc(0)

/**
 * Cuts a byte stream into MQTT packets without copying what arrives whole. Holds at most one unfinished packet,
 * and never one that is announced as longer than allowed.
 */
export class FrameReader {
  readonly #maxPacketBytes: number
  #buffer: Buffer = nothing
  #start = 0
  #end = 0
  /** True when the space after `#end` is ours to append to. */
  #isOwn = false

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes
  }

  push(chunk: Buffer): void {
    if (this.#start === this.#end) {
      this.#buffer = chunk
      this.#start = 0
      this.#end = chunk.length
      this.#isOwn = false
      return
    }
    this.#makeRoom(chunk.length)
    chunk.copy(this.#buffer, this.#end)
    this.#end += chunk.length
  }

  /**
   * The next whole packet, if it is there.
   * @throws {PacketFault} when its length is malformed or above the limit, before the rest of it is taken in
   */
  next(): Frame | undefined {
    let at = this.#start + 1
    let length = 0
    for (let shift = 0; ; shift += 7) {
      if (at >= this.#end) return undefined
      const byte = this.#buffer[at++] ?? 0
      length += (byte & 0x7f) * 2 ** shift
      if (byte === 0 && shift > 0) throw new PacketFault('malformed-packet', 'the remaining length is padded')
      if (byte < 0x80) break
      if (shift === 21)
        throw new PacketFault('malformed-packet', 'the remaining length has more than 4 bytes')
    }
    const packetBytes = at - this.#start + length
    if (packetBytes > this.#maxPacketBytes) throw this.#tooLarge(packetBytes)
    const end = this.#start + packetBytes
    if (end > this.#end) return undefined
    const header = this.#buffer[this.#start] ?? 0
    const frame = { header, buffer: this.#buffer, start: this.#start, bodyStart: at, end }
    this.#start = end
    if (end === this.#end) this.#release()
    return frame
  }

  #tooLarge(packetBytes: number): PacketFault {
    const text = `a packet of ${packetBytes} bytes is above the limit of ${this.#maxPacketBytes}`
    return new PacketFault('packet-too-large', text)
  }

  #release(): void {
    this.#buffer = nothing
    this.#start = this.#end = 0
    this.#isOwn = false
  }

  /** Frames that were handed out still point into the old buffer, so it is left alone. */
  #makeRoom(bytes: number): void {
    const held = this.#end - this.#start
    if (this.#isOwn && this.#end + bytes <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow((held + bytes) * 2)
    this.#buffer.copy(grown, 0, this.#start, this.#end)
    this.#buffer = grown
    this.#start = 0
    this.#end = held
    this.#isOwn = true
  }
}

import type { Duplex } from 'node:stream'
import { writeStamp, type Stamp } from '../codec/encode-publish.ts'

/** Flushes all outboxes that were written to, once a turn of the event loop. */
export class Flusher {
  #waiting: Outbox[] = []
  #isScheduled = false
  /** Bytes that went to sockets. */
  written = 0
  /** False once this server must not answer any more; asked each time, as no timer may have told yet. */
  readonly maySend: () => boolean

  constructor(maySend: () => boolean = () => true) {
    this.maySend = maySend
  }

  add(outbox: Outbox): void {
    this.#waiting.push(outbox)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#flush()) // after the sockets that are readable in this turn have been read
  }

  #flush(): void {
    const outboxes = this.#waiting
    this.#waiting = []
    this.#isScheduled = false
    for (const outbox of outboxes) outbox.flush()
  }
}

export interface OutboxOptions {
  maxBytes: number
  /** Everything that waited has been handed to the socket. */
  onFlushed: () => void
  /** The client has read what it was sent. */
  onDrained: () => void
}

/**
 * What waits to be sent to one client. Packets of one turn leave in one write; while the client does not read,
 * they wait here, and whoever adds to them asks `isFull` first.
 */
export class Outbox {
  readonly #stream: Duplex
  readonly #flusher: Flusher
  readonly #options: OutboxOptions
  #packets: Uint8Array[] = []
  /** Each belongs to the packet at the same place. */
  #stamps: (Stamp | undefined)[] = []
  #bytes = 0
  #isScheduled = false
  #isBlocked = false

  constructor(stream: Duplex, flusher: Flusher, options: OutboxOptions) {
    this.#stream = stream
    this.#flusher = flusher
    this.#options = options
  }

  get isFull(): boolean {
    return this.#bytes >= this.#options.maxBytes
  }

  /** A packet with a stamp is shared until it is written; any other is as it is to be sent. */
  add(packet: Uint8Array, stamp?: Stamp): void {
    this.#packets.push(packet)
    this.#stamps.push(stamp)
    this.#bytes += packet.length
    if (this.#isScheduled || this.#isBlocked) return
    this.#isScheduled = true
    this.#flusher.add(this)
  }

  flush(): void {
    this.#isScheduled = false
    if (this.#packets.length === 0 || this.#isBlocked || !this.#stream.writable) return
    if (!this.#flusher.maySend()) return void this.#stream.destroy()
    const together = this.#takeAll()
    this.#options.onFlushed()
    this.#flusher.written += together.length
    if (this.#stream.write(together)) return
    this.#isBlocked = true
    this.#stream.once('drain', () => this.#unblock())
  }

  /** One packet without a stamp is not copied, several are once. */
  #takeAll(): Uint8Array {
    const [packets, stamps, bytes] = [this.#packets, this.#stamps, this.#bytes]
    this.#packets = []
    this.#stamps = []
    this.#bytes = 0
    const [first] = packets
    if (packets.length === 1 && first && !stamps[0]) return first
    const together = Buffer.allocUnsafe(bytes)
    let at = 0
    for (const [place, packet] of packets.entries()) {
      together.set(packet, at)
      const stamp = stamps[place]
      if (stamp) writeStamp(together, at, stamp)
      at += packet.length
    }
    return together
  }

  #unblock(): void {
    this.#isBlocked = false
    this.flush()
    if (!this.#isBlocked) this.#options.onDrained()
  }
}

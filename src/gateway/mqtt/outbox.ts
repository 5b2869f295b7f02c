import type { Duplex } from 'node:stream'

/** Flushes all outboxes that were written to, once a turn of the event loop. */
export class Flusher {
  #waiting: Outbox[] = []
  #isScheduled = false

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

  add(packet: Uint8Array): void {
    this.#packets.push(packet)
    this.#bytes += packet.length
    if (this.#isScheduled || this.#isBlocked) return
    this.#isScheduled = true
    this.#flusher.add(this)
  }

  flush(): void {
    this.#isScheduled = false
    if (this.#packets.length === 0 || this.#isBlocked || !this.#stream.writable) return
    const [first] = this.#packets
    const together = this.#packets.length === 1 && first ? first : Buffer.concat(this.#packets, this.#bytes)
    this.#packets = []
    this.#bytes = 0
    this.#options.onFlushed()
    if (this.#stream.write(together)) return
    this.#isBlocked = true
    this.#stream.once('drain', () => this.#unblock())
  }

  #unblock(): void {
    this.#isBlocked = false
    this.flush()
    if (!this.#isBlocked) this.#options.onDrained()
  }
}

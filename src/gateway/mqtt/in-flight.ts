import type { Message } from '../../fabric/index.ts'

/** A QoS 1 message that waits for its turn. */
export interface Waiting {
  message: Message
  retain: boolean
}

export interface InFlightLimits {
  /** Messages that may be unacknowledged at a time. */
  window: number
  maxWaiting: number
  /** Of payload. */
  maxWaitingBytes: number
}

const maxPacketId = 65_535

/** QoS 1 messages on their way to one client: some unacknowledged, the rest in line. */
export class InFlight {
  readonly #limits: InFlightLimits
  readonly #unacknowledged = new Set<number>()
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #lastPacketId = 0

  constructor(limits: InFlightLimits) {
    this.#limits = limits
  }

  /** The packet id to send a message with at once; `undefined` when it has to stand in line. */
  tryTake(): number | undefined {
    if (this.#waiting.length > 0 || !this.#hasRoom()) return undefined
    return this.#takePacketId()
  }

  /** False when the line is too long already. */
  line(waiting: Waiting): boolean {
    const bytes = this.#waitingBytes + waiting.message.payload.length
    const { maxWaiting, maxWaitingBytes } = this.#limits
    if (this.#waiting.length >= maxWaiting || bytes > maxWaitingBytes) return false
    this.#waiting.push(waiting)
    this.#waitingBytes = bytes
    return true
  }

  /** The head of the line, once it may be sent. */
  next(): (Waiting & { packetId: number }) | undefined {
    if (!this.#hasRoom()) return undefined
    const first = this.#waiting.shift()
    if (!first) return undefined
    this.#waitingBytes -= first.message.payload.length
    return { ...first, packetId: this.#takePacketId() }
  }

  /** An acknowledgement of what was never sent is ignored. */
  acknowledge(packetId: number): void {
    this.#unacknowledged.delete(packetId)
  }

  #hasRoom(): boolean {
    return this.#unacknowledged.size < this.#limits.window
  }

  #takePacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % maxPacketId) + 1
    while (this.#unacknowledged.has(this.#lastPacketId))
    this.#unacknowledged.add(this.#lastPacketId)
    return this.#lastPacketId
  }
}

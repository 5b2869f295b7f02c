import { InboundAliases } from './topic-aliases.ts'

export interface InboundOptions {
  maxTopicAliases: number
  /** QoS 1 and 2 messages that may wait for their acknowledgement. */
  receiveMaximum: number
  send: (packet: Uint8Array) => void
  /** There is room for messages again. */
  onRoom: () => void
}

interface Answer {
  qos: 1 | 2
  packet: Uint8Array | undefined
  isReady: boolean
}

/** What one client publishes: its topic aliases, and acknowledgements in the order of the messages. [MQTT-4.6.0-2] */
export class Inbound {
  readonly aliases: InboundAliases
  readonly #options: InboundOptions
  readonly #waiting: Answer[] = []
  #waitingQos2 = 0
  /** QoS 2 messages that came over this connection and were not released. */
  #unreleased: Set<number> | undefined

  constructor(options: InboundOptions) {
    this.#options = options
    this.aliases = new InboundAliases(options.maxTopicAliases)
  }

  /** As many messages wait for the disk as may. */
  get isFull(): boolean {
    return this.#waiting.length >= this.#options.receiveMaximum
  }

  /** Messages of this connection that are not acknowledged to the end. [MQTT-3.3.4-7] */
  get unacknowledged(): number {
    return this.#waiting.length - this.#waitingQos2 + (this.#unreleased?.size ?? 0)
  }

  /** A QoS 2 message came. */
  hold(packetId: number): void {
    this.#unreleased ??= new Set()
    this.#unreleased.add(packetId)
  }

  /** It was released, or refused. */
  release(packetId: number): void {
    this.#unreleased?.delete(packetId)
  }

  /** Behind the answers that still wait. */
  answer(packet: Uint8Array): void {
    if (this.#waiting.length === 0) this.#options.send(packet)
    else this.#add({ qos: 1, packet, isReady: true })
  }

  /**
   * Keeps the place of an answer that is not known yet; call what it gives back once it is, without a packet when
   * there is none to send.
   */
  reserve(qos: 1 | 2): (packet?: Uint8Array) => void {
    const answer: Answer = { qos, packet: undefined, isReady: false }
    this.#add(answer)
    return (packet) => {
      answer.packet = packet
      answer.isReady = true
      this.#flush()
    }
  }

  #add(answer: Answer): void {
    this.#waiting.push(answer)
    if (answer.qos === 2) this.#waitingQos2++
  }

  #flush(): void {
    const wasFull = this.isFull
    for (let first = this.#waiting[0]; first?.isReady; first = this.#waiting[0]) {
      this.#waiting.shift()
      if (first.qos === 2) this.#waitingQos2--
      if (first.packet) this.#options.send(first.packet)
    }
    if (wasFull && !this.isFull) this.#options.onRoom()
  }
}

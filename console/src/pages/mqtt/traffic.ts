/** What was received, within bounds: the newest messages, and for each topic how much comes and what came last. */

/** Of MQTT 5. */
export interface Properties {
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  payloadFormatIndicator?: boolean
  messageExpiryInterval?: number
  userProperties?: Record<string, string | string[]>
}

export interface Message {
  /** Counts up. */
  id: number
  /** Epoch milliseconds. */
  at: number
  topic: string
  payload: Uint8Array
  qos: 0 | 1 | 2
  isRetained: boolean
  properties: Properties | undefined
}

export interface TopicStats {
  topic: string
  count: number
  last: Message
  /** Messages a second when `last` came; it fades from then on. */
  rate: number
}

export interface TrafficBounds {
  maxMessages: number
  maxBytes: number
  maxTopics: number
}

export const defaultBounds: TrafficBounds = {
  maxMessages: 1000,
  maxBytes: 16 * 1024 * 1024,
  maxTopics: 1000,
}

/** A rate is of about so many milliseconds. */
const rateMs = 10_000
/** What a message takes beside its payload. */
const baseBytes = 200

const sizeOf = ({ topic, payload }: Message) => baseBytes + 2 * topic.length + payload.length

export class Traffic {
  readonly #bounds: TrafficBounds
  readonly #topics = new Map<string, TopicStats>()
  #messages: Message[] = []
  #bytes = 0
  #total = 0
  #unlisted = 0

  constructor(bounds: TrafficBounds = defaultBounds) {
    this.#bounds = bounds
  }

  /** The oldest first. */
  get messages(): readonly Message[] {
    return this.#messages
  }

  /** All that came, forgotten ones too. */
  get total(): number {
    return this.#total
  }

  /** Messages of topics that are not listed, as there are too many. */
  get unlisted(): number {
    return this.#unlisted
  }

  get topics(): TopicStats[] {
    return [...this.#topics.values()]
  }

  add(received: Omit<Message, 'id'>): void {
    const message = { ...received, id: (this.#total += 1) }
    this.#messages.push(message)
    this.#bytes += sizeOf(message)
    const { maxMessages, maxBytes } = this.#bounds
    let forgotten = 0
    while (
      this.#messages.length - forgotten > maxMessages ||
      (this.#bytes > maxBytes && forgotten < this.#messages.length - 1)
    ) {
      const oldest = this.#messages[forgotten]
      if (oldest) this.#bytes -= sizeOf(oldest)
      forgotten += 1
    }
    if (forgotten > 0) this.#messages.splice(0, forgotten)
    this.#count(message)
  }

  clear(): void {
    this.#messages = []
    this.#bytes = 0
    this.#topics.clear()
    this.#unlisted = 0
  }

  #count(message: Message): void {
    const { topic, at } = message
    const known = this.#topics.get(topic)
    if (!known && this.#topics.size >= this.#bounds.maxTopics) return void (this.#unlisted += 1)
    const rate = (known ? rateAt(known, at) : 0) + 1000 / rateMs
    this.#topics.set(topic, { topic, count: (known?.count ?? 0) + 1, last: message, rate })
  }
}

/** Messages a second. */
export function rateAt({ rate, last }: TopicStats, now: number): number {
  return rate * Math.exp(-Math.max(0, now - last.at) / rateMs)
}

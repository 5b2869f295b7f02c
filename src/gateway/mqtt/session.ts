import type { Fabric, Message } from '../../fabric/index.ts'
import { matchesTopicFilter } from '../../lib/topic-filter.ts'

/** What a client asked for with one filter. */
export interface SubscriptionOptions {
  filter: string
  qos: 0 | 1
  /** Messages this client published itself are not sent back. */
  noLocal: boolean
  retainAsPublished: boolean
}

interface Subscription extends SubscriptionOptions {
  source: Disposable
}

export interface SessionDeps {
  fabric: Pick<Fabric, 'subscribe'>
  /** Called once per message, however many filters of the session match it. */
  deliver: (message: Message, options: SubscriptionOptions) => void
}

/** The subscriptions of one client id and the QoS 1 messages that are on their way to it. */
export class Session {
  readonly accountId: string
  readonly clientId: string
  readonly #deps: SessionDeps
  readonly #subscriptions = new Map<string, Subscription>()
  #lastDelivered: Message | undefined

  constructor(accountId: string, clientId: string, deps: SessionDeps) {
    this.accountId = accountId
    this.clientId = clientId
    this.#deps = deps
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size
  }

  hasSubscription(filter: string): boolean {
    return this.#subscriptions.has(filter)
  }

  /** Replaces what was asked for with the same filter before. [MQTT-3.8.4-3] */
  subscribe(options: SubscriptionOptions): void {
    const source =
      this.#subscriptions.get(options.filter)?.source ??
      this.#deps.fabric.subscribe(this.accountId, options.filter, (message) => {
        const current = this.#subscriptions.get(options.filter)
        if (current) this.#receive(message, current)
      })
    this.#subscriptions.set(options.filter, { ...options, source })
  }

  /** False when there was no such subscription. */
  unsubscribe(filter: string): boolean {
    this.#subscriptions.get(filter)?.source[Symbol.dispose]()
    return this.#subscriptions.delete(filter)
  }

  end(): void {
    for (const { source } of this.#subscriptions.values()) source[Symbol.dispose]()
    this.#subscriptions.clear()
  }

  /** Lets go of the message that was seen last; call it when no delivery is under way. */
  settle(): void {
    this.#lastDelivered = undefined
  }

  /** Filters that overlap get a message once, at the highest QoS among them. [MQTT-3.3.5-1] */
  #receive(message: Message, subscription: Subscription): void {
    if (message === this.#lastDelivered || this.#isOwn(message, subscription)) return
    this.#lastDelivered = message
    this.#deps.deliver(message, this.#strongest(message, subscription))
  }

  #isOwn({ publisher }: Message, { noLocal }: SubscriptionOptions): boolean {
    return noLocal && publisher?.clientId === this.clientId
  }

  #strongest(message: Message, subscription: Subscription): Subscription {
    if (subscription.qos >= message.qos || this.#subscriptions.size === 1) return subscription
    for (const other of this.#subscriptions.values()) {
      const isStronger = other.qos > subscription.qos && !this.#isOwn(message, other)
      if (isStronger && matchesTopicFilter(other.filter, message.topic)) return other
    }
    return subscription
  }
}

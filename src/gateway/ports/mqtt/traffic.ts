import type { RefusalReason } from '../refuse.ts'

/** What passed since the start, over MQTT; added to in place, as it stands on the path of every message. */
export interface Traffic {
  /** Clients that were let in. */
  connects: number
  /** PUBLISH packets of clients that were taken. */
  messagesReceived: number
  /** Those among them that are to be retained. */
  retainedReceived: number
  /** Those that came too fast, and were discarded. */
  messagesThrottled: number
  /** PUBLISH packets to clients, those that are sent again too. */
  messagesSent: number
  /** Messages that a client subscribed to and may not receive. */
  messagesWithheld: number
  /** SUBSCRIBE packets with a filter that was granted. */
  subscribes: number
  unsubscribes: number
  pings: number
  /** Without TLS. */
  bytesReceived: number
  /** Packets that were refused, of all types. */
  refused: Map<RefusalReason, number>
}

const noTraffic = (): Traffic => ({
  connects: 0,
  messagesReceived: 0,
  retainedReceived: 0,
  messagesThrottled: 0,
  messagesSent: 0,
  messagesWithheld: 0,
  subscribes: 0,
  unsubscribes: 0,
  pings: 0,
  bytesReceived: 0,
  refused: new Map(),
})

export const countRefusal = ({ refused }: Traffic, reason: RefusalReason): unknown =>
  refused.set(reason, (refused.get(reason) ?? 0) + 1)

/** That of each account. A connection keeps the one of its own at hand. */
export class AccountsTraffic {
  readonly #accounts = new Map<string, Traffic>()

  of(accountId: string): Traffic {
    const known = this.#accounts.get(accountId)
    if (known) return known
    const traffic = noTraffic()
    this.#accounts.set(accountId, traffic)
    return traffic
  }

  get all(): ReadonlyMap<string, Readonly<Traffic>> {
    return this.#accounts
  }

  /** Of all accounts together. */
  sum(what: Exclude<keyof Traffic, 'refused'>): number {
    return this.#accounts.values().reduce((sum, traffic) => sum + traffic[what], 0)
  }
}

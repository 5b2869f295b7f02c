/**
 * Where sessions subscribe that a node has just taken: first they are handed what they have missed, apart from all
 * others; then they hear what the others hear.
 */
import type { Fabric, Message, Receive } from '../../../fabric/in-process/index.ts'

interface LateSubscription {
  accountId: string
  filter: string
  receive: Receive
  source: Disposable
}

export class LateFabric implements Pick<Fabric, 'subscribe'> {
  readonly #subscriptions = new Set<LateSubscription>()
  #fabric: Pick<Fabric, 'subscribe'>
  readonly #own: Fabric

  constructor(own: Fabric) {
    this.#own = own
    this.#fabric = own
  }

  subscribe = (accountId: string, filter: string, receive: Receive): Disposable => {
    const source = this.#fabric.subscribe(accountId, filter, receive)
    if (this.#fabric !== this.#own) return source
    const subscription: LateSubscription = { accountId, filter, receive, source }
    this.#subscriptions.add(subscription)
    return {
      [Symbol.dispose]: () => {
        this.#subscriptions.delete(subscription)
        subscription.source[Symbol.dispose]()
      },
    }
  }

  /** What they have missed, in its order. */
  hand(message: Message): void {
    void this.#own.publish(message)?.catch(() => {}) // its fabric was told
  }

  /** They have missed nothing any more. */
  join(others: Pick<Fabric, 'subscribe'>): void {
    this.#fabric = others
    for (const one of this.#subscriptions) {
      one.source[Symbol.dispose]()
      one.source = others.subscribe(one.accountId, one.filter, one.receive)
    }
    this.#subscriptions.clear()
  }
}

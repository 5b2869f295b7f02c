import { Rate } from '../../lib/rate.ts'

export interface ConnectRateLimits {
  /** CONNECT packets of one account; 0: as many as come. */
  maxConnectsPerSecond: number
  maxConnectsPerSecondOfClientId: number
}

/** How fast clients may connect. Source: AWS General Reference, "AWS IoT Core message broker and protocol limits". */
export class ConnectRates {
  readonly #limits: ConnectRateLimits
  readonly #accounts = new Map<string, Rate>()
  readonly #clientIds = new Map<string, Rate>()

  constructor(limits: ConnectRateLimits) {
    this.#limits = limits
  }

  /** Counts a CONNECT; gives what is too fast about it. `clientId` is empty when the server is to assign one. */
  findExcess(accountId: string, clientId: string, now: number): string | undefined {
    const { maxConnectsPerSecond, maxConnectsPerSecondOfClientId } = this.#limits
    if (clientId !== '' && maxConnectsPerSecondOfClientId > 0) {
      const key = `${accountId}/${clientId}`
      if (!rateOf(this.#clientIds, key, { perSecond: maxConnectsPerSecondOfClientId, now }).take(now))
        return `the client id connects more than ${maxConnectsPerSecondOfClientId} times a second`
    }
    if (maxConnectsPerSecond === 0) return undefined
    if (!rateOf(this.#accounts, accountId, { perSecond: maxConnectsPerSecond, now }).take(now))
      return `the account connects more than ${maxConnectsPerSecond} times a second`
    return undefined
  }

  /** Lets go of client ids that have been quiet. */
  forget(now: number): void {
    for (const [key, rate] of this.#clientIds) if (rate.isFull(now)) this.#clientIds.delete(key)
  }
}

function rateOf(
  rates: Map<string, Rate>,
  key: string,
  { perSecond, now }: { perSecond: number; now: number },
) {
  let rate = rates.get(key)
  if (!rate) rates.set(key, (rate = new Rate(perSecond, now)))
  return rate
}

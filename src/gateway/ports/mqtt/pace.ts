import type { GatewayLimits } from '../limits.ts'
import { Rate } from '../../../lib/rate.ts'

export interface PaceDeps {
  limits: Pick<GatewayLimits, 'maxPublishesPerSecond' | 'maxBytesPerSecond'>
  /** Epoch milliseconds. */
  now: () => number
  /** PUBLISH packets have begun to come too fast. */
  onTooFast: () => void
}

/** How fast one client may send. Source: AWS General Reference, "message broker and protocol limits and quotas". */
export class Pace {
  readonly #deps: PaceDeps
  #publishes: Rate | undefined
  #bytes: Rate | undefined
  #isTooFast = false

  constructor(deps: PaceDeps) {
    this.#deps = deps
  }

  /** Counts a PUBLISH; false when it is one too many. */
  mayPublish(): boolean {
    const { maxPublishesPerSecond } = this.#deps.limits
    if (maxPublishesPerSecond === 0) return true
    const now = this.#deps.now()
    this.#publishes ??= new Rate(maxPublishesPerSecond, now)
    const mayPublish = this.#publishes.take(now)
    if (!mayPublish && !this.#isTooFast) this.#deps.onTooFast()
    this.#isTooFast = !mayPublish
    return mayPublish
  }

  /** Counts bytes that have come; gives the milliseconds for which no more are to be read. */
  restAfter(bytes: number): number {
    const { maxBytesPerSecond } = this.#deps.limits
    if (maxBytesPerSecond === 0) return 0
    const now = this.#deps.now()
    this.#bytes ??= new Rate(maxBytesPerSecond, now)
    return this.#bytes.spend(now, bytes)
  }
}

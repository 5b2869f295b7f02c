/** How long an unused allowance is kept. assumed: AWS tolerates bursts too and does not say how long. */
const burstSeconds = 10

/** An allowance of so much a second; what was not used in the last ten seconds is still there. */
export class Rate {
  readonly #perSecond: number
  #left: number
  #at: number

  /** `now` is in epoch milliseconds. */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond
    this.#left = perSecond * burstSeconds
    this.#at = now
  }

  /** False, and nothing is taken, when there is not enough left. */
  take(now: number, amount = 1): boolean {
    this.#refill(now)
    if (this.#left < amount) return false
    this.#left -= amount
    return true
  }

  /** Takes it whatever is left; gives the milliseconds until the debt is made good, 0 when there is none. */
  spend(now: number, amount: number): number {
    this.#refill(now)
    this.#left -= amount
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left / this.#perSecond) * 1000)
  }

  /** True when it is as good as new, so that nobody has to remember it. */
  isFull(now: number): boolean {
    this.#refill(now)
    return this.#left >= this.#perSecond * burstSeconds
  }

  #refill(now: number): void {
    const elapsedMs = Math.max(now - this.#at, 0) // the clock may be set back
    this.#at = now
    this.#left = Math.min(this.#left + (elapsedMs * this.#perSecond) / 1000, this.#perSecond * burstSeconds)
  }
}

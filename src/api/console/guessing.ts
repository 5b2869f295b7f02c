/** Slows down whoever tries access keys, by key and by address. */

interface Attempts {
  failures: number
  /** Epoch milliseconds; before it nothing is looked at. */
  nextAt: number
}

const freeFailures = 3
const firstDelayMs = 1000
const longestDelayMs = 15 * 60_000
const maxKnown = 10_000

/** In memory, bounded; the least recently used is forgotten first. */
export class Guessing {
  readonly #now: () => Date
  readonly #known = new Map<string, Attempts>()

  constructor(now: () => Date) {
    this.#now = now
  }

  /** Seconds to wait before the next try with any of them; 0 when one may try. */
  secondsToWait(...subjects: readonly string[]): number {
    const now = this.#now().getTime()
    const waits = subjects.map((subject) => (this.#known.get(subject)?.nextAt ?? 0) - now)
    return Math.max(0, Math.ceil(Math.max(...waits) / 1000))
  }

  failed(...subjects: readonly string[]): void {
    for (const subject of subjects) {
      const failures = (this.#known.get(subject)?.failures ?? 0) + 1
      const doublings = failures - freeFailures
      const delay = doublings < 0 ? 0 : Math.min(firstDelayMs * 2 ** doublings, longestDelayMs)
      this.#known.delete(subject)
      this.#known.set(subject, { failures, nextAt: this.#now().getTime() + delay })
      const oldest = this.#known.keys().next()
      if (this.#known.size > maxKnown && !oldest.done) this.#known.delete(oldest.value)
    }
  }

  succeeded(...subjects: readonly string[]): void {
    for (const subject of subjects) this.#known.delete(subject)
  }
}

/** Slows down whoever tries secrets, by what they are for and by address. */

interface Attempts {
  failures: number
  /** Epoch milliseconds; before it nothing is looked at. */
  nextAt: number
}

/** Many may come from one address. */
const freeFailures = { key: 4, address: 19 } as const
const firstDelayMs = 1000
const longestDelayMs = 15 * 60_000
const maxKnown = 10_000

/** Whose tries count together. */
export interface Subjects {
  /** What is tried, e.g. an access key id. */
  key?: string
  address?: string
}

/** In memory, bounded; the least recently used is forgotten first. */
export class Guessing {
  readonly #now: () => Date
  readonly #known = new Map<string, Attempts>()

  constructor(now: () => Date) {
    this.#now = now
  }

  /** Seconds to wait before the next try with any of them; 0 when one may try. */
  secondsToWait(subjects: Subjects): number {
    const now = this.#now().getTime()
    const waits = namesOf(subjects).map(({ name }) => (this.#known.get(name)?.nextAt ?? 0) - now)
    return Math.max(0, Math.ceil(Math.max(...waits) / 1000))
  }

  failed(subjects: Subjects): void {
    for (const { kind, name } of namesOf(subjects)) {
      const failures = (this.#known.get(name)?.failures ?? 0) + 1
      const doublings = failures - freeFailures[kind] - 1
      const delay = doublings < 0 ? 0 : Math.min(firstDelayMs * 2 ** doublings, longestDelayMs)
      this.#known.delete(name)
      this.#known.set(name, { failures, nextAt: this.#now().getTime() + delay })
      const oldest = this.#known.keys().next()
      if (this.#known.size > maxKnown && !oldest.done) this.#known.delete(oldest.value)
    }
  }

  succeeded(subjects: Subjects): void {
    for (const { name } of namesOf(subjects)) this.#known.delete(name)
  }
}

const kinds = ['key', 'address'] as const

const namesOf = (subjects: Subjects) =>
  kinds.flatMap((kind) => {
    const subject = subjects[kind]
    return subject === undefined ? [] : [{ kind, name: `${kind} ${subject}` }]
  })

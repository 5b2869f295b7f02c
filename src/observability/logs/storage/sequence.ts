import type { Db } from '../../../store/index.ts'
import { lastNumber } from './stream-store.ts'

/**
 * Gives each log group, stream, and event a number above all earlier ones, across restarts and clocks that go back.
 * Numbers follow the clock (microseconds), so they stay below 2^53 until the year 2255.
 */
export class NumberSequence {
  readonly #now: () => Date
  #last: number | undefined

  constructor(now: () => Date) {
    this.#now = now
  }

  /** Before the first `next`, within the transaction that uses it. */
  async open(db: Db): Promise<void> {
    this.#last ??= await lastNumber(db)
  }

  next(): number {
    if (this.#last === undefined) throw new Error('the sequence of log numbers is not open')
    this.#last = Math.max(this.#last + 1, this.#now().getTime() * 1000)
    return this.#last
  }
}

import { longTurnMs, turnOfOthers } from '../lib/turn-of-others.ts'

interface Outcome {
  settle: () => void
}

/**
 * Tells those who wait for a commit what came of it, in their order. All at once they would all go on in one turn of the event
 * loop, which for the devices of a storm is a long one.
 */
export class Outcomes {
  readonly #untold: Outcome[] = []
  #telling: Promise<void> | undefined

  /** Set while somebody is to be told. */
  get telling(): Promise<void> | undefined {
    return this.#telling
  }

  /** The first one at once, unless others are before it. */
  tell(outcomes: readonly Outcome[]): void {
    this.#untold.push(...outcomes)
    if (this.#untold.length > 0) this.#telling ??= this.#tellAll()
  }

  async #tellAll(): Promise<void> {
    let begunAt = performance.now()
    for (let next = this.#untold.shift(); next; next = this.#untold.shift()) {
      next.settle()
      await Promise.resolve() // whoever was told begins
      if (performance.now() - begunAt < longTurnMs) continue
      await turnOfOthers()
      begunAt = performance.now()
    }
    this.#telling = undefined
  }
}

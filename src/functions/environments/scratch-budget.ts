/** Bounds in sum what functions keep in temporary directories that are memory: each alone may be as large as it was made. */
import { totalmem } from 'node:os'

/** An environment. */
export interface ScratchHolder {
  /** It holds most of all when there is too much: it is to go. */
  giveUpScratch: (maxMb: number) => void
}

export class ScratchBudget {
  readonly #maxMb: number
  readonly #held = new Map<ScratchHolder, number>()

  constructor(maxMb: number) {
    this.#maxMb = maxMb
  }

  /** Takes down what it holds now. The largest goes, one at a time, while there is too much. */
  note(holder: ScratchHolder, bytes: number): void {
    this.#held.set(holder, bytes)
    let sum = this.#held.values().reduce((all, each) => all + each, 0)
    while (sum > this.#maxMb * 1024 * 1024) {
      const [largest] = [...this.#held].toSorted(([, left], [, right]) => right - left)
      if (!largest) return
      sum -= largest[1]
      this.forget(largest[0])
      largest[0].giveUpScratch(this.#maxMb)
    }
  }

  forget(holder: ScratchHolder): void {
    this.#held.delete(holder)
  }
}

/** A quarter of the memory that this process may use. */
export function defaultScratchMb(): number {
  const constrained = process.constrainedMemory()
  const bytes = Math.min(totalmem(), constrained > 0 ? constrained : Infinity)
  return Math.floor(bytes / 4 / 1024 / 1024)
}

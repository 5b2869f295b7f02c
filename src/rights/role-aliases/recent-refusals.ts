const repeatMs = 60_000
const maxKept = 10_000

/** Keeps a device that asks in a loop from filling the journal: the same refusal is told once a minute. */
export class RecentRefusals {
  readonly #now: () => Date
  readonly #told = new Map<string, number>()

  constructor(now: () => Date) {
    this.#now = now
  }

  isNew(refusal: string): boolean {
    const now = this.#now().getTime()
    const told = this.#told.get(refusal)
    if (told !== undefined && now - told < repeatMs) return false
    if (this.#told.size >= maxKept) this.#told.clear()
    this.#told.set(refusal, now)
    return true
  }
}

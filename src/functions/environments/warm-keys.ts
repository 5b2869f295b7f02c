/** Which functions are kept warm: a device that knocks for the first time should not wait for a start, as rules call them. */

const keptMs = 24 * 3_600_000

export class WarmKeys {
  readonly #max: number
  /** By key, in milliseconds; the one that was called last stands last. */
  readonly #calledAt = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** The one that was called longest ago makes room. */
  note(key: string, nowMs: number): void {
    this.#calledAt.delete(key)
    this.#calledAt.set(key, nowMs)
    const [oldest] = this.#calledAt.keys()
    if (this.#calledAt.size > this.#max && oldest !== undefined) this.#calledAt.delete(oldest)
  }

  /** Of versions that are no more. */
  forget(isGone: (key: string) => boolean): void {
    for (const key of [...this.#calledAt.keys()].filter(isGone)) this.#calledAt.delete(key)
  }

  has(key: string, nowMs: number): boolean {
    const calledAt = this.#calledAt.get(key)
    return calledAt !== undefined && nowMs - calledAt <= keptMs
  }
}

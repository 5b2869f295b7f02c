/** Counts what is under way by key. */
export class InFlight {
  readonly #counts = new Map<string, number>()

  count(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  /** Until the returned one is disposed of. */
  begin(key: string): Disposable {
    this.#counts.set(key, this.count(key) + 1)
    return {
      [Symbol.dispose]: () => {
        const left = this.count(key) - 1
        if (left > 0) this.#counts.set(key, left)
        else this.#counts.delete(key)
      },
    }
  }
}

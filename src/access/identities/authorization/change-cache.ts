/**
 * Remembers what was loaded until something changes. A load that is under way when the cache is cleared is served
 * to those who wait for it, and remembered by nobody.
 */
export class ChangeCache<Value> {
  readonly #entries = new Map<string, Promise<Value | undefined>>()
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  /** Concurrent calls share one `load`. What is absent or failed to load is asked for again. */
  get(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const present = this.#entries.get(key)
    if (present) return present
    const loading = load()
    this.#makeRoom()
    this.#entries.set(key, loading)
    const forget = () => {
      if (this.#entries.get(key) === loading) this.#entries.delete(key)
    }
    loading.then((value) => value === undefined && forget(), forget)
    return loading
  }

  clear(): void {
    this.#entries.clear()
  }

  #makeRoom(): void {
    if (this.#entries.size < this.#maxEntries) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

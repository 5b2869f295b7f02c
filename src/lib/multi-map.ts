/** Several values a key, of which one is the rule: it is kept without a set around it. Values are objects, and no sets. */
export class MultiMap<Value extends object> {
  readonly #values = new Map<string, Value | Set<Value>>()

  add(key: string, value: Value): void {
    const known = this.#values.get(key)
    if (known === undefined) this.#values.set(key, value)
    else if (known instanceof Set) known.add(value)
    else if (known !== value) this.#values.set(key, new Set([known, value]))
  }

  delete(key: string, value: Value): void {
    const known = this.#values.get(key)
    if (known === value) this.#values.delete(key)
    else if (known instanceof Set && known.delete(value) && known.size === 0) this.#values.delete(key)
  }

  /** In the order they were added. */
  get(key: string): Value[] {
    const known = this.#values.get(key)
    if (known === undefined) return []
    return known instanceof Set ? [...known] : [known]
  }

  /** Of all keys. */
  all(): Value[] {
    return [...this.#values.values()].flatMap((known) => (known instanceof Set ? [...known] : [known]))
  }
}

/** Which topics somebody listens to at this node. */
import type { Fabric } from '../../in-process/index.ts'
import { keyOfFilter, widerKeyOf, type FilterKey, type Hearer } from './filter-keys.ts'

/** A node of a large fleet tells no more filters in full; of further ones it tells how they begin. */
const maxTexts = 5000

export class OwnInterest {
  /** How many subscriptions there are of each. */
  readonly #counts = new Map<FilterKey, number>()
  readonly #maxTexts: number
  #texts = 0
  /** Called when somebody begins to listen, or nobody does any more. */
  onChange: (key: FilterKey) => void = () => {}

  constructor(limits: { maxTexts?: number } = {}) {
    this.#maxTexts = limits.maxTexts ?? maxTexts
  }

  /** The same fabric, whose subscriptions are counted. */
  watch(fabric: Fabric, hearer: Hearer): Fabric {
    return {
      ...fabric,
      subscribe: (accountId, filter, receive) => {
        const source = fabric.subscribe(accountId, filter, receive)
        const key = this.#keyOf(hearer, accountId, filter)
        this.#add(key)
        let isOver = false
        const dispose = () => {
          source[Symbol.dispose]()
          if (isOver) return
          isOver = true
          this.#remove(key)
        }
        return { [Symbol.dispose]: dispose }
      },
    }
  }

  has(key: FilterKey): boolean {
    return this.#counts.has(key)
  }

  /** What is added meanwhile comes, too. */
  keys(): Iterator<FilterKey> {
    return this.#counts.keys()
  }

  #keyOf(hearer: Hearer, accountId: string, filter: string): FilterKey {
    const key = keyOfFilter(hearer, accountId, filter)
    const isOneTooMany = typeof key === 'string' && this.#texts >= this.#maxTexts && !this.#counts.has(key)
    return isOneTooMany ? widerKeyOf(hearer, accountId, filter) : key
  }

  #add(key: FilterKey): void {
    const count = this.#counts.get(key) ?? 0
    this.#counts.set(key, count + 1)
    if (count > 0) return
    if (typeof key === 'string') this.#texts++
    this.onChange(key)
  }

  #remove(key: FilterKey): void {
    const count = this.#counts.get(key) ?? 0
    if (count > 1) return void this.#counts.set(key, count - 1)
    this.#counts.delete(key)
    if (typeof key === 'string') this.#texts--
    this.onChange(key)
  }
}

/** What one other node wants to hear, as it told. */
import { TopicTrie } from '../../in-process/index.ts'
import { readKeyText, type FilterKey, type Hearer, type TopicNumbers } from './filter-keys.ts'
import { NumberSet } from '../../../lib/number-set.ts'
import { keysOf, type Telling } from './telling.ts'

export class PeerInterest {
  readonly epoch: number
  #number = 0
  /** Until all was told, it may want anything. */
  #isWhole = false
  #numbers = new NumberSet()
  /** By text of the key: how it is taken out of the trie again. */
  #texts = new Map<string, () => void>()
  /** By hearer and account. */
  #tries = new Map<string, TopicTrie<true>>()

  constructor(epoch: number) {
    this.epoch = epoch
  }

  /** False when something before it is missing: it has to be told anew. */
  take(telling: Telling): boolean {
    if (telling.begins) this.#clear()
    else if (telling.number !== this.#number + 1) return false
    this.#number = telling.number
    for (const key of keysOf(telling.wanted)) this.#add(key)
    for (const key of keysOf(telling.unwanted)) this.#remove(key)
    this.#isWhole = telling.isWhole
    return true
  }

  wants(hearer: Hearer, { accountId, topic, numbers }: Asked): boolean {
    return (
      !this.#isWhole ||
      numbers.isIn(hearer, this.#numbers) ||
      (this.#tries.size > 0 && (this.#tries.get(`${hearer}/${accountId}`)?.hasMatch(topic) ?? false))
    )
  }

  #clear(): void {
    this.#isWhole = false
    this.#numbers = new NumberSet()
    this.#texts = new Map()
    this.#tries = new Map()
  }

  #add(key: FilterKey): void {
    if (typeof key === 'number') return this.#numbers.add(key)
    if (this.#texts.has(key)) return
    const { hearer, accountId, filter } = readKeyText(key)
    const place = `${hearer}/${accountId}`
    let trie = this.#tries.get(place)
    if (!trie) this.#tries.set(place, (trie = new TopicTrie({ doesHashMatchParent: true })))
    this.#texts.set(key, trie.add(filter, true))
  }

  #remove(key: FilterKey): void {
    if (typeof key === 'number') return this.#numbers.delete(key)
    this.#texts.get(key)?.()
    this.#texts.delete(key)
  }
}

/** A message, or a topic. */
export interface Asked {
  accountId: string
  topic: string
  /** Of both. */
  numbers: TopicNumbers
}

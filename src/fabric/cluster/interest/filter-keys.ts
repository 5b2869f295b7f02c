/**
 * What nodes tell each other of topic filters, so that a message goes only where somebody listens. A filter without wildcards,
 * and one whose only wildcard is a `#` at its end, is a number, as a fleet has millions of them; one with `+` is told in full.
 * A number may stand for two filters: then a message goes to a node that does not want it, which nobody notices.
 */
import { hashBasis, hashText, mixHash, stepHash } from '../../../lib/text-hash.ts'

/** Sessions that outlive their connections hear QoS 0 alone from other nodes, as the rest comes to them from the database. */
export type Hearer = 'clients' | 'kept'

/** A number of 32 bits, never 0; or `<hearer>/<account id>/<filter>`. */
export type FilterKey = number | string

const slash = 0x2f

/** So that what ends with the text and what goes on after it, for either hearer, are different numbers. */
const salts = {
  clients: { whole: 0x1b873593, below: 0x38b34ae5 },
  kept: { whole: 0x561ccd1b, below: 0x0bcaa747 },
} as const

export function keyOfFilter(hearer: Hearer, accountId: string, filter: string): FilterKey {
  if (filter.includes('+')) return `${hearer}/${accountId}/${filter}`
  const { whole, below } = salts[hearer]
  const start = hashText(hashBasis, accountId)
  if (!filter.endsWith('#')) return mixHash(hashText(start, filter, slash), whole)
  return mixHash(filter === '#' ? start : hashText(start, filter.slice(0, -2), slash), below)
}

/** Of the topics that it and more filters match: for those that are too many to be told in full. */
export function widerKeyOf(hearer: Hearer, accountId: string, filter: string): number {
  const prefix = filter.slice(0, filter.indexOf('+'))
  return keyOfFilter(hearer, accountId, `${prefix}#`) as number
}

export interface KeyText {
  hearer: Hearer
  accountId: string
  filter: string
}

export function readKeyText(text: string): KeyText {
  const [hearer = '', accountId = '', ...levels] = text.split('/')
  return { hearer: hearer as Hearer, accountId, filter: levels.join('/') }
}

/** All numbers under which filters that match the topic may be known, of each level and of the whole; worked out in one go. */
export class TopicNumbers {
  /** Of the account alone, then with one more level each. */
  readonly #levels: number[] = []
  #isReserved = false

  /** From now on it is about this topic. */
  of(accountId: string, topic: string): this {
    const levels = this.#levels
    let hash = hashText(hashBasis, accountId)
    this.#isReserved = topic.startsWith('$') // wildcards do not reach `$` topics
    levels.length = 0
    levels.push(hash)
    hash = stepHash(hash, slash)
    for (let at = 0; at < topic.length; at++) {
      const code = topic.charCodeAt(at)
      if (code === slash) levels.push(hash)
      hash = stepHash(hash, code)
    }
    levels.push(hash)
    return this
  }

  /** `a/#` counts as a match of `a`, whatever the profile says. [MQTT-4.7.1-2] */
  isIn(hearer: Hearer, numbers: { has: (number: number) => boolean }): boolean {
    const { whole, below } = salts[hearer]
    const levels = this.#levels
    for (let at = this.#isReserved ? 1 : 0; at < levels.length; at++)
      if (numbers.has(mixHash(levels[at] ?? 0, below))) return true
    return numbers.has(mixHash(levels[levels.length - 1] ?? 0, whole))
  }
}

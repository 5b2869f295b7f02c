/** Numbers that stand for topics on one connection. Source: MQTT 5.0 3.3.2.3.4. */

/** What the client has given aliases to. */
export class InboundAliases {
  readonly #maximum: number
  #topics: Map<number, string> | undefined

  /** `maximum` as it was told to the client. */
  constructor(maximum: number) {
    this.#maximum = maximum
  }

  /**
   * The topic of a PUBLISH with an alias, which is given to the topic unless that is empty. Undefined for an alias
   * that is out of bounds or stands for nothing.
   */
  resolve(alias: number, topic: string): string | undefined {
    if (alias < 1 || alias > this.#maximum) return undefined // [MQTT-3.3.2-8] [MQTT-3.3.2-9]
    if (topic === '') return this.#topics?.get(alias)
    this.#topics ??= new Map()
    this.#topics.set(alias, topic)
    return topic
  }
}

/** How one PUBLISH names its topic. */
export interface AliasUse {
  topicAlias: number
  /** The client knows the alias already. */
  isTopicOmitted: boolean
}

/** Shorter topics gain nothing. */
const minTopicLength = 4
const maxCandidates = 64

/** Aliases for the topics that come again and again to one client: the first of them keep theirs for good. */
export class OutboundAliases {
  readonly #maximum: number
  #aliases: Map<string, number> | undefined
  /** Topics that came once. */
  #candidates: Set<string> | undefined

  /** `maximum` is the lesser of what the client takes and what the server gives. */
  constructor(maximum: number) {
    this.#maximum = maximum
  }

  /** Undefined for a topic that goes without one. What is to be given to the topic has to be confirmed. */
  find(topic: string): AliasUse | undefined {
    if (this.#maximum === 0 || topic.length < minTopicLength) return undefined
    const known = this.#aliases?.get(topic)
    if (known !== undefined) return { topicAlias: known, isTopicOmitted: true }
    const given = this.#aliases?.size ?? 0
    if (given === this.#maximum || !this.#comesAgain(topic)) return undefined
    return { topicAlias: given + 1, isTopicOmitted: false }
  }

  /** The packet that gives the alias to the topic is on its way. */
  confirm(topic: string, { topicAlias, isTopicOmitted }: AliasUse): void {
    if (isTopicOmitted) return
    this.#aliases ??= new Map()
    this.#aliases.set(topic, topicAlias)
    this.#candidates?.delete(topic)
    if (this.#aliases.size === this.#maximum) this.#candidates = undefined
  }

  #comesAgain(topic: string): boolean {
    this.#candidates ??= new Set()
    if (this.#candidates.has(topic)) return true
    if (this.#candidates.size >= maxCandidates) this.#candidates.clear()
    this.#candidates.add(topic)
    return false
  }
}

import { hasWildcard } from '../../lib/topic-filter.ts'
import { TopicTree } from './topic-tree.ts'

/** Which topics have a retained message, so that a subscription to one that has none costs no query. */
export class RetainedTopics {
  /** By account and topic: the version of its last change. */
  readonly #accounts = new Map<string, TopicTree>()
  #version = 0

  constructor(topics: Iterable<{ accountId: string; topic: string }>) {
    for (const { accountId, topic } of topics) this.#of(accountId).set(topic, 0)
  }

  /** Grows with each change. */
  get version(): number {
    return this.#version
  }

  has(accountId: string, topic: string): boolean {
    return this.#accounts.get(accountId)?.get(topic) !== undefined
  }

  count(accountId: string): number {
    return this.#accounts.get(accountId)?.size ?? 0
  }

  /** A message was retained for the topic, or the one it had was deleted. */
  note(accountId: string, topic: string, isRetained: boolean): void {
    this.#version++
    if (isRetained) this.#of(accountId).set(topic, this.#version)
    else this.#accounts.get(accountId)?.delete(topic)
  }

  /** The topics themselves; for a filter with wildcards those it matches. */
  expand(
    accountId: string,
    filters: readonly string[],
    matching: { doesHashMatchParent?: boolean },
  ): string[] {
    const known = this.#accounts.get(accountId)
    const topicsOf = (filter: string) =>
      hasWildcard(filter) ? (known?.match(filter, matching) ?? []) : [filter]
    return [...new Set(filters.flatMap(topicsOf))]
  }

  /** True when one of the topics, which had a message then, was changed. */
  changedSince(version: number, accountId: string, topics: readonly string[]): boolean {
    const versions = this.#accounts.get(accountId)
    return topics.some((topic) => (versions?.get(topic) ?? Number.POSITIVE_INFINITY) > version)
  }

  #of(accountId: string): TopicTree {
    let topics = this.#accounts.get(accountId)
    if (!topics) this.#accounts.set(accountId, (topics = new TopicTree()))
    return topics
  }
}

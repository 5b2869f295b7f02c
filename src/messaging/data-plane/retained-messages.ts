import type { Message } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { forgetExpired } from './forget-expired.ts'
import { isExpired, toRetained, type RetainedMessage } from './retained-message.ts'
import type { RetainedTopics } from './retained-topics.ts'
import { RetainedWrites } from './retained-writes.ts'
import { findRetained, type RetainedTopic } from './store.ts'

export interface RetainedLimits {
  /** Of an account. */
  maxMessages: number
  /** Payload bytes on their way to the disk. */
  maxPendingBytes: number
}

export interface RetainedMessagesDeps {
  store: Store
  now: () => Date
  limits: RetainedLimits
  topics: RetainedTopics
}

/** What is retained, on the disk and on its way there. */
export class RetainedMessages {
  readonly #deps: RetainedMessagesDeps
  readonly #topics: RetainedTopics
  readonly #writes: RetainedWrites
  #isForgetting = false

  constructor(deps: RetainedMessagesDeps) {
    this.#deps = deps
    this.#topics = deps.topics
    this.#writes = new RetainedWrites(deps.store)
  }

  /** Which limit stands against the message, for a person. */
  findLimit({ accountId, topic, payload }: Message): string | undefined {
    const { maxMessages, maxPendingBytes } = this.#deps.limits
    if (this.#writes.pendingBytes + payload.length > maxPendingBytes)
      return 'more messages to retain come in than can be stored'
    const isMore = payload.length > 0 && !this.#topics.has(accountId, topic)
    if (!isMore || this.#topics.count(accountId) < maxMessages) return undefined
    this.#forgetExpired()
    return `the account has ${maxMessages} retained messages, and more is not allowed`
  }

  /** Found from now on; resolves once it is durable. An empty payload deletes. */
  async keep(message: Message): Promise<void> {
    const { accountId, topic, payload } = message
    this.#topics.note(accountId, topic, payload.length > 0)
    try {
      await this.#writes.write(accountId, toRetained(message, this.#deps.now()))
    } catch (cause) {
      this.#topics.note(accountId, topic, true) // what is on the disk is not known: look there
      throw cause
    }
  }

  /** Another node has retained or deleted one. */
  async lookAgain(accountId: string, topic: string): Promise<void> {
    const stored = await findRetained(this.#deps.store.read, accountId, [topic])
    if (!this.#writes.find(accountId, topic)) this.#topics.note(accountId, topic, stored.length > 0)
  }

  /** Looks again when one of them was replaced meanwhile, so that no subscriber gets an old one after a new one. */
  async find(accountId: string, wanted: readonly string[]): Promise<RetainedMessage[]> {
    for (;;) {
      const { version } = this.#topics
      const kept = wanted.filter((topic) => this.#topics.has(accountId, topic))
      const pending = kept.flatMap((topic) => this.#writes.find(accountId, topic) ?? [])
      const rest = kept.filter((topic) => !pending.some((one) => one.topic === topic))
      const stored = rest.length > 0 ? await findRetained(this.#deps.store.read, accountId, rest) : []
      if (this.#topics.changedSince(version, accountId, kept)) continue
      const now = this.#deps.now()
      return [...pending, ...stored].filter((one) => one.payload.length > 0 && !isExpired(one, now))
    }
  }

  /** So that there is room for the next one. */
  #forgetExpired(): void {
    const { store, now } = this.#deps
    const forget = (forgotten: readonly RetainedTopic[]) => {
      for (const { accountId, topic } of forgotten)
        if (!this.#writes.find(accountId, topic)) this.#topics.note(accountId, topic, false)
    }
    if (this.#isForgetting) return
    this.#isForgetting = true
    forgetExpired(store, now(), forget)
      .catch(() => {}) // the next message that finds no room tries again
      .finally(() => (this.#isForgetting = false))
  }
}

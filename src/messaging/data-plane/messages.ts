/** Where every published message passes: to who is subscribed now and, when it is retained, to the store. */
import type { Fabric, Message } from '../../fabric/in-process/index.ts'
import { matchesTopicFilter } from '../../lib/topic-filter.ts'
import type { Store } from '../../store/index.ts'
import { isServers } from './reserved-topics.ts'
import type { RetainedMessage } from './retained-message.ts'
import { RetainedMessages, type RetainedLimits } from './retained-messages.ts'
import { RetainedTopics } from './retained-topics.ts'
import { forgetExpired } from './forget-expired.ts'
import { listRetained, listRetainedTopics, type RetainedSummary } from './store.ts'

export interface Messages {
  /**
   * Hands the message to its subscribers at once. A promise, when it is retained or a persistent session has to keep
   * it: it resolves once that is durable.
   * Rejects with `RetainedLimitError`, and publishes nothing, when there is no room to retain it.
   */
  publish: (message: Message) => Promise<void> | undefined
  /**
   * From now on messages to reserved topics that match go to this service alone: what a request holds may be nobody
   * else's. Until it is disposed of.
   */
  serve: (filter: string, receive: Receive) => Disposable
  /** The topics with a retained message that the filters match; of a filter without wildcards, whether it has one or not. */
  matchRetained: (
    accountId: string,
    filters: readonly string[],
    matching: { doesHashMatchParent?: boolean },
  ) => string[]
  /** Those of the topics that have one, in no order. What was published before is seen, durable or not. */
  findRetained: (accountId: string, topics: readonly string[]) => Promise<RetainedMessage[]>
  /** By topic, from the one after `after`. */
  listRetained: (
    accountId: string,
    page: { after?: string | undefined; limit: number },
  ) => Promise<RetainedSummary[]>
}

/** A promise when its publisher is to be answered later; it must not reject. */
type Receive = (message: Message) => Promise<void> | undefined

/** There is no room for another retained message. */
export class RetainedLimitError extends Error {
  override readonly name = 'RetainedLimitError'
}

export interface MessagesDeps {
  store: Store
  fabric: Pick<Fabric, 'publish' | 'onChange'>
  now: () => Date
  limits?: Partial<RetainedLimits>
}

/** The first is AWS's: AWS General Reference, "message broker and protocol limits". */
const defaultLimits: RetainedLimits = { maxMessages: 500_000, maxPendingBytes: 64 * 1024 * 1024 }

/** Knows which topics have a retained message when it resolves. */
export async function openMessages(deps: MessagesDeps): Promise<Messages> {
  const { store, fabric, now } = deps
  await forgetExpired(store, now())
  const topics = new RetainedTopics(await listRetainedTopics(store.read))
  const retained = new RetainedMessages({ store, now, topics, limits: { ...defaultLimits, ...deps.limits } })

  fabric.onChange(async ({ kind, accountId, id: topic }) => {
    if (kind === 'retained-message') await retained.lookAgain(accountId, topic)
  })

  const services = new Set<{ filter: string; beginning: string; receive: Receive }>()

  function findService({ topic }: Message): Receive | undefined {
    if (!isServers(topic)) return undefined
    for (const { filter, beginning, receive } of services)
      if (topic.startsWith(beginning) && matchesTopicFilter(filter, topic)) return receive
    return undefined
  }

  async function retain(message: Message): Promise<void> {
    const limit = retained.findLimit(message)
    if (limit !== undefined) throw new RetainedLimitError(limit)
    const kept = retained.keep(message)
    await Promise.all([kept, fabric.publish(message)])
  }

  return {
    publish(message) {
      if (message.retain && !isServers(message.topic)) return retain(message)
      const receive = findService(message)
      return receive ? receive(message) : fabric.publish(message)
    },
    serve(filter, receive) {
      const [beginning = ''] = filter.split(/[+#]/, 1)
      const service = { filter, beginning, receive }
      services.add(service)
      return { [Symbol.dispose]: () => void services.delete(service) }
    },
    matchRetained: (accountId, filters, matching) => topics.expand(accountId, filters, matching),
    findRetained: (accountId, wanted) => retained.find(accountId, wanted),
    listRetained: (accountId, { after, limit }) =>
      listRetained(store.read, accountId, { after, limit, now: now() }),
  }
}

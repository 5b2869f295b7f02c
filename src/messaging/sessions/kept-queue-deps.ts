import type { KeptMessage, OwnPayloads, QueueKey } from './kept-message.ts'
import type { DroppableRange, Excess, Purged } from './purge-store.ts'
import type { Retries } from './retries.ts'
import type { SessionLimits } from './session-limits.ts'
import type { SessionWrites } from './session-writes.ts'
import type { FullQueueDeps } from './when-full.ts'

export interface KeptQueueDeps extends FullQueueDeps {
  /** What comes has been promised before, and is written in the end. */
  isPromised?: boolean
  writes: SessionWrites
  ownPayloads: OwnPayloads
  limits: Pick<
    SessionLimits,
    'maxStoredMessages' | 'maxStoredBytes' | 'sessionPageSize' | 'redeliveriesPerSecond'
  >
  now: () => Date
  retries: Retries
  /** Reads what is committed, in order. */
  list: (queue: QueueKey, range: { after: number; before: number; limit: number }) => Promise<KeptMessage[]>
  /** From a queue that nobody reads, once what was asked for before is durable; `range` is asked then. */
  deleteExpired: (queue: QueueKey, range: () => DroppableRange) => Promise<Purged>
  /** Likewise, in order, until there is no excess. */
  deleteOldest: (queue: QueueKey, excess: Excess, range: () => DroppableRange) => Promise<Purged>
  onBug: (cause: unknown) => void
}

/** Messages that go without their receiver having them: what has expired, and what is too much. */
import { sql } from 'kysely'
import type { Db } from '../../store/index.ts'
import type { QueueKey } from './kept-message.ts'
import { deleteMessage } from './message-store.ts'

/** What was deleted, and when the first of what waits now expires, if it does. */
export interface Purged {
  count: number
  bytes: number
  /** Epoch milliseconds. */
  firstExpiry: number | null
  /** Of one that was deleted. */
  topic: string | undefined
}

export const nothingPurged: Purged = { count: 0, bytes: 0, firstExpiry: null, topic: undefined }

interface Deleted {
  topic: string
  bytes: number
}

async function toPurged(db: Db, queue: QueueKey, deleted: readonly Deleted[]): Promise<Purged> {
  const left = await db
    .selectFrom('session_messages')
    .select((row) => row.fn.min<number | null>('expires_at').as('first'))
    .where('account_id', '=', queue.accountId)
    .where('session_id', '=', queue.sessionId)
    .where('state', '=', 'waiting')
    .executeTakeFirst()
  const firstExpiry = left?.first ?? null
  return {
    count: deleted.length,
    bytes: deleted.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    firstExpiry: firstExpiry === null ? null : Number(firstExpiry),
    topic: deleted[0]?.topic,
  }
}

/** Which messages of a queue may go. */
export interface DroppableRange {
  /** Those with a number from it on stay. */
  before: number
  keeps: (seq: number) => boolean
}

/** How many messages, and how many bytes of payload, are too many; below 0 where there are not too many. */
export interface Excess {
  count: number
  bytes: number
}

export async function deleteExpired(
  db: Db,
  queue: QueueKey,
  { now, before, keeps }: DroppableRange & { now: number },
): Promise<Purged> {
  const expired = await db
    .selectFrom('session_messages')
    .select(['seq', 'topic', sql<number>`length(payload)`.as('bytes')])
    .where('account_id', '=', queue.accountId)
    .where('session_id', '=', queue.sessionId)
    .where('seq', '<', before)
    .where('state', '=', 'waiting')
    .where('expires_at', '<=', now)
    .execute()
  const deleted = expired.filter(({ seq }) => !keeps(seq))
  for (const { seq } of deleted) await deleteMessage(db, { queue, seq })
  return toPurged(db, queue, deleted)
}

/** At a time. */
const oldestAtOnce = 200

/**
 * In order, until nothing is too much. QoS 2 messages that were sent stay: their client may be about to ask for the
 * rest of the exchange.
 */
export async function deleteOldest(
  db: Db,
  queue: QueueKey,
  { excess, before, keeps }: DroppableRange & { excess: Excess },
): Promise<Purged> {
  const deleted: Deleted[] = []
  let { count, bytes } = excess
  for (let after = -1; count > 0 || bytes > 0;) {
    const page = await listDroppable(db, queue, { after, before })
    for (const one of page) {
      after = one.seq
      if (keeps(one.seq) || (count <= 0 && bytes <= 0)) continue
      await deleteMessage(db, { queue, seq: one.seq })
      deleted.push(one)
      count--
      bytes -= Number(one.bytes)
    }
    if (page.length < oldestAtOnce) break
  }
  return toPurged(db, queue, deleted)
}

const listDroppable = (db: Db, queue: QueueKey, { after, before }: { after: number; before: number }) =>
  db
    .selectFrom('session_messages')
    .select(['seq', 'topic', sql<number>`length(payload)`.as('bytes')])
    .where('account_id', '=', queue.accountId)
    .where('session_id', '=', queue.sessionId)
    .where('seq', '>', after)
    .where('seq', '<', before)
    .where((row) => row.or([row('qos', '=', 1), row('state', '=', 'waiting')]))
    .orderBy('seq')
    .limit(oldestAtOnce)
    .execute()

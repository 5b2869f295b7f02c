import type { Db } from '../../../store/index.ts'
import type { LogStream } from '../storage/stream-store.ts'
import type { EventPosition } from './position.ts'

/** An event as it is kept. */
export interface StoredEvent extends EventPosition {
  logStreamId: number
  /** Epoch milliseconds. */
  ingestionTime: number
  message: string
  bytes: number
}

type GroupKey = Pick<LogStream, 'accountId' | 'logGroupId'>

/** Few lengths, so that few statements are prepared. */
const rowsAStatement = [128, 16, 1]

/** Also counts them into their group. */
export async function insertEvents(db: Db, group: GroupKey, events: readonly StoredEvent[]): Promise<void> {
  const { accountId, logGroupId } = group
  const rows = events.map((event) => ({
    account_id: accountId,
    log_group_id: logGroupId,
    timestamp: event.timestamp,
    event_id: event.eventId,
    log_stream_id: event.logStreamId,
    ingestion_time: event.ingestionTime,
    bytes: event.bytes,
    message: event.message,
  }))
  let start = 0
  for (const length of rowsAStatement)
    for (; rows.length - start >= length; start += length)
      await db
        .insertInto('log_events')
        .values(rows.slice(start, start + length))
        .execute()
  await countEvents(db, group, { events: events.length, bytes: totalBytes(events) })
}

/** Adds to what the group counts; negative numbers take away. */
export async function countEvents(
  db: Db,
  { accountId, logGroupId }: GroupKey,
  change: { events: number; bytes: number },
): Promise<void> {
  await db
    .updateTable('log_groups')
    .set((is) => ({
      event_count: is('event_count', '+', change.events),
      stored_bytes: is('stored_bytes', '+', change.bytes),
    }))
    .where('account_id', '=', accountId)
    .where('log_group_id', '=', logGroupId)
    .execute()
}

export const totalBytes = (events: readonly { bytes: number }[]): number =>
  events.reduce((sum, { bytes }) => sum + bytes, 0)

export interface EventRange {
  /** A group's events, or those of one stream. */
  of: GroupKey & { logStreamId?: number | undefined }
  /** Epoch milliseconds, inclusive. */
  startTime: number
  /** Epoch milliseconds, exclusive. */
  endTime: number
  direction: 'forward' | 'backward'
  /** Events beyond it in the direction of reading. */
  beyond: EventPosition
  limit: number
}

/** In the direction of reading. */
export async function listEvents(db: Db, range: EventRange): Promise<StoredEvent[]> {
  const { of, direction, beyond, limit } = range
  const isForward = direction === 'forward'
  const [order, further] = isForward ? (['asc', '>'] as const) : (['desc', '<'] as const)
  // narrowed by the position, so that the index is entered there
  const startTime = isForward ? Math.max(range.startTime, beyond.timestamp) : range.startTime
  const endTime = isForward ? range.endTime : Math.min(range.endTime, beyond.timestamp + 1)
  let query = db
    .selectFrom('log_events')
    .select([
      'timestamp',
      'event_id as eventId',
      'log_stream_id as logStreamId',
      'ingestion_time as ingestionTime',
      'bytes',
      'message',
    ])
    .where('account_id', '=', of.accountId)
    .where('timestamp', '>=', startTime)
    .where('timestamp', '<', endTime)
    .where((is) =>
      is(is.refTuple('timestamp', 'event_id'), further, is.tuple(beyond.timestamp, beyond.eventId)),
    )
  query =
    of.logStreamId === undefined
      ? query.where('log_group_id', '=', of.logGroupId)
      : query.where('log_stream_id', '=', of.logStreamId)
  return query.orderBy('timestamp', order).orderBy('event_id', order).limit(limit).execute()
}

/** Removes the oldest events, up to and with the one at `last`; the caller sees to the counts. */
export async function removeEvents(db: Db, of: EventRange['of'], last: EventPosition): Promise<void> {
  const query = db
    .deleteFrom('log_events')
    .where('account_id', '=', of.accountId)
    .where((is) => is(is.refTuple('timestamp', 'event_id'), '<=', is.tuple(last.timestamp, last.eventId)))
  const owned =
    of.logStreamId === undefined
      ? query.where('log_group_id', '=', of.logGroupId)
      : query.where('log_stream_id', '=', of.logStreamId)
  await owned.execute()
}

import { keysFrom } from '../../../api/aws/page.ts'
import type { Db } from '../../../store/index.ts'
import type { LogsTables } from '../../../store/tables/logs.ts'
import { endOfPrefix } from './group-store.ts'
import { streamNotFound } from '../logs-error.ts'

export interface LogStream {
  accountId: string
  logGroupId: number
  logStreamId: number
  logStreamName: string
  creationTime: number
  /** 0 while the stream is empty; so are the next three. */
  firstEventTimestamp: number
  lastEventTimestamp: number
  lastIngestionTime: number
  lastEventId: number
}

export type NewStream = Pick<
  LogStream,
  'accountId' | 'logGroupId' | 'logStreamId' | 'logStreamName' | 'creationTime'
>

/** @returns whether there was none of this name */
export async function insertStream(db: Db, stream: NewStream): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('log_streams')
    .values({
      account_id: stream.accountId,
      log_group_id: stream.logGroupId,
      log_stream_id: stream.logStreamId,
      log_stream_name: stream.logStreamName,
      creation_time: stream.creationTime,
      first_event_timestamp: 0,
      last_event_timestamp: 0,
      last_ingestion_time: 0,
      last_event_id: 0,
    })
    .onConflict((conflict) => conflict.columns(['account_id', 'log_group_id', 'log_stream_name']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

type GroupKey = Pick<LogStream, 'accountId' | 'logGroupId'>

const streamsOf = (db: Db, { accountId, logGroupId }: GroupKey) =>
  db
    .selectFrom('log_streams')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('log_group_id', '=', logGroupId)

export async function findStream(
  db: Db,
  group: GroupKey,
  logStreamName: string,
): Promise<LogStream | undefined> {
  const row = await streamsOf(db, group).where('log_stream_name', '=', logStreamName).executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getStream(db: Db, group: GroupKey, logStreamName: string): Promise<LogStream> {
  const stream = await findStream(db, group, logStreamName)
  if (!stream) throw streamNotFound()
  return stream
}

export interface StreamPage {
  prefix?: string | undefined
  orderBy: 'LogStreamName' | 'LastEventTime'
  descending: boolean
  limit: number
  /** The last stream of the page before. */
  after?: Pick<LogStream, 'logStreamName' | 'lastEventTimestamp'> | undefined
}

/** Streams without events count as the oldest. */
export async function listStreams(db: Db, group: GroupKey, page: StreamPage): Promise<LogStream[]> {
  const { prefix, orderBy, descending, limit, after } = page
  const [direction, beyond] = descending ? (['desc', '<'] as const) : (['asc', '>'] as const)
  let query = streamsOf(db, group).where('log_stream_name', 'is not', null).limit(limit)
  if (orderBy === 'LastEventTime') {
    query = query.orderBy('last_event_timestamp', direction)
    if (after)
      query = query.where((is) =>
        is(
          is.refTuple('last_event_timestamp', 'log_stream_name'),
          beyond,
          is.tuple(after.lastEventTimestamp, after.logStreamName),
        ),
      )
  } else {
    const end = prefix === undefined ? undefined : endOfPrefix(prefix)
    const last = descending ? (after?.logStreamName ?? end) : end
    query = query.where('log_stream_name', ...keysFrom(descending ? undefined : after?.logStreamName, prefix))
    if (last !== undefined) query = query.where('log_stream_name', '<', last)
  }
  const rows = await query.orderBy('log_stream_name', direction).execute()
  return rows.map(fromRow)
}

/** Names by id, of those that are not deleted. */
export async function streamNames(
  db: Db,
  accountId: string,
  ids: readonly number[],
): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('log_streams')
    .select(['log_stream_id', 'log_stream_name'])
    .where('account_id', '=', accountId)
    .where('log_stream_id', 'in', ids)
    .execute()
  return new Map(
    rows.flatMap(({ log_stream_id, log_stream_name }) =>
      log_stream_name === null ? [] : [[log_stream_id, log_stream_name] as const],
    ),
  )
}

/** Notes what has been written to the stream. */
export async function updateStream(db: Db, stream: LogStream): Promise<void> {
  await db
    .updateTable('log_streams')
    .set({
      first_event_timestamp: stream.firstEventTimestamp,
      last_event_timestamp: stream.lastEventTimestamp,
      last_ingestion_time: stream.lastIngestionTime,
      last_event_id: stream.lastEventId,
    })
    .where('account_id', '=', stream.accountId)
    .where('log_stream_id', '=', stream.logStreamId)
    .execute()
}

/**
 * Gone for everyone at once; pruning removes its events.
 * @throws {AwsError} `ResourceNotFoundException`
 */
export async function deleteStream(db: Db, group: GroupKey, logStreamName: string): Promise<void> {
  const { accountId, logStreamId } = await getStream(db, group, logStreamName)
  await db
    .updateTable('log_streams')
    .set({ log_stream_name: null })
    .where('account_id', '=', accountId)
    .where('log_stream_id', '=', logStreamId)
    .execute()
}

/** The highest number that a group, stream, or event has; 0 when there are none. */
export async function lastNumber(db: Db): Promise<number> {
  const { group } = await db
    .selectFrom('log_groups')
    .select((is) => is.fn.max('log_group_id').as('group'))
    .executeTakeFirstOrThrow()
  const { stream, event } = await db
    .selectFrom('log_streams')
    .select((is) => [is.fn.max('log_stream_id').as('stream'), is.fn.max('last_event_id').as('event')])
    .executeTakeFirstOrThrow()
  return Math.max(Number(group ?? 0), Number(stream ?? 0), Number(event ?? 0))
}

function fromRow(row: LogsTables['log_streams']): LogStream {
  return {
    accountId: row.account_id,
    logGroupId: row.log_group_id,
    logStreamId: row.log_stream_id,
    logStreamName: row.log_stream_name ?? '',
    creationTime: row.creation_time,
    firstEventTimestamp: row.first_event_timestamp,
    lastEventTimestamp: row.last_event_timestamp,
    lastIngestionTime: row.last_ingestion_time,
    lastEventId: row.last_event_id,
  }
}

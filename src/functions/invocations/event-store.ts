/** Events that wait for a function, or are being worked off. */
import type { Db, Tables } from '../../store/index.ts'

export interface StoredEvent {
  accountId: string
  /** The request id, which stays the same over all attempts. */
  eventId: string
  functionName: string
  qualifier?: string
  /** JSON text. */
  payload: string
  source: EventSource
  attempts: number
  dueAt: Date
  createdAt: Date
}

/** Who sent an event: a caller of the API, or a service such as `iot.amazonaws.com` for one of its resources. */
export interface EventSource {
  service?: string
  sourceArn?: string
  /** Base64 of JSON. */
  clientContext?: string
  /** The service's own; it gets it back when the function fails. */
  memo?: string
}

/** Only the node of that name runs it; the name is empty where one server has the database. */
export async function insertEvent(db: Db, event: StoredEvent, nodeName: string): Promise<void> {
  await db.insertInto('function_events').values(toRow(event, nodeName)).execute()
}

/** What a node that is gone has left becomes another one's to run. */
export async function adoptEvents(db: Db, { from, to }: { from: string; to: string }): Promise<void> {
  await db.updateTable('function_events').set({ node_name: to }).where('node_name', '=', from).execute()
}

interface DueQuestion {
  nodeName: string
  now: Date
  limit: number
  exceptFunctions: readonly string[]
}

/** Those of the node that are due, the longest due first, but for those of functions that have enough to do. */
export async function listDueEvents(
  db: Db,
  { nodeName, now, limit, exceptFunctions }: DueQuestion,
): Promise<StoredEvent[]> {
  let query = db
    .selectFrom('function_events')
    .selectAll()
    .where('node_name', '=', nodeName)
    .where('due_at', '<=', now.getTime())
  if (exceptFunctions.length > 0) query = query.where('function_name', 'not in', exceptFunctions)
  const rows = await query.orderBy('due_at').orderBy('event_id').limit(limit).execute()
  return rows.map(fromRow)
}

/** When the next event after `now` is due; `undefined` when there is none. */
export async function nextDueTime(
  db: Db,
  { nodeName, now }: Pick<DueQuestion, 'nodeName' | 'now'>,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom('function_events')
    .select('due_at')
    .where('node_name', '=', nodeName)
    .where('due_at', '>', now.getTime())
    .orderBy('due_at')
    .limit(1)
    .executeTakeFirst()
  return row && new Date(row.due_at)
}

export async function postponeEvent(
  db: Db,
  { accountId, eventId, attempts, dueAt }: StoredEvent,
): Promise<void> {
  await db
    .updateTable('function_events')
    .set({ attempts, due_at: dueAt.getTime() })
    .where('account_id', '=', accountId)
    .where('event_id', '=', eventId)
    .execute()
}

export async function deleteEvent(db: Db, { accountId, eventId }: StoredEvent): Promise<void> {
  await db
    .deleteFrom('function_events')
    .where('account_id', '=', accountId)
    .where('event_id', '=', eventId)
    .execute()
}

function toRow(event: StoredEvent, nodeName: string): Tables['function_events'] {
  return {
    account_id: event.accountId,
    event_id: event.eventId,
    function_name: event.functionName,
    qualifier: event.qualifier ?? '',
    payload: event.payload,
    source: JSON.stringify(event.source),
    attempts: event.attempts,
    due_at: event.dueAt.getTime(),
    created_at: event.createdAt.getTime(),
    node_name: nodeName,
  }
}

function fromRow(row: Tables['function_events']): StoredEvent {
  return {
    accountId: row.account_id,
    eventId: row.event_id,
    functionName: row.function_name,
    ...(row.qualifier !== '' && { qualifier: row.qualifier }),
    payload: row.payload,
    source: JSON.parse(row.source) as EventSource,
    attempts: row.attempts,
    dueAt: new Date(row.due_at),
    createdAt: new Date(row.created_at),
  }
}

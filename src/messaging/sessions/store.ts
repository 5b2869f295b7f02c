import { sql, type Selectable } from 'kysely'
import type { Message } from '../../fabric/in-process/index.ts'
import { bindAll, prepareQuery, type Db, type Tables } from '../../store/index.ts'
import type { QueueKey } from './kept-message.ts'
import { readMessage, writeMessage } from './message-row.ts'
import { readPages } from './pages.ts'
import type { SubscriptionOptions } from './subscription.ts'

/** A persistent session as it is stored, without its subscriptions and messages. Times are epoch milliseconds. */
export interface SessionRecord extends QueueKey {
  clientId: string
  version: 4 | 5
  expirySeconds: number
  isConnected: boolean
  expiresAt?: number | undefined
  will?: { message: Message; delaySeconds: number; dueAt?: number | undefined } | undefined
}

const sessionColumns = [
  'account_id',
  'client_id',
  'session_id',
  'protocol_version',
  'expiry_seconds',
  'is_connected',
  'expires_at',
  'will',
  'will_payload',
  'will_delay_seconds',
  'will_at',
] as const

const upsertSession = prepareQuery<ReturnType<typeof toSessionRow>, unknown>((db, value) => {
  const { account_id, client_id, ...rest } = bindAll(value, sessionColumns)
  return db
    .insertInto('sessions')
    .values({ account_id, client_id, ...rest })
    .onConflict((conflict) => conflict.columns(['account_id', 'client_id']).doUpdateSet(rest))
})

/** Replaces the session the client id had. */
export async function saveSession(db: Db, record: SessionRecord): Promise<void> {
  await upsertSession(db, toSessionRow(record))
}

/** Without what nodes of a cluster add. */
export function toSessionRow(record: SessionRecord) {
  const { will } = record
  return {
    account_id: record.accountId,
    client_id: record.clientId,
    session_id: record.sessionId,
    protocol_version: record.version,
    expiry_seconds: record.expirySeconds,
    is_connected: record.isConnected ? (1 as const) : (0 as const),
    expires_at: record.expiresAt ?? null,
    will: will ? writeMessage(will.message) : null,
    will_payload: will?.message.payload ?? null,
    will_delay_seconds: will?.delaySeconds ?? 0,
    will_at: will?.dueAt ?? null,
  }
}

/** With all that belongs to it. */
export async function deleteSession(db: Db, { accountId, sessionId }: QueueKey): Promise<void> {
  for (const table of [
    'sessions',
    'session_subscriptions',
    'session_messages',
    'session_receipts',
    'shared_queues',
  ] as const) {
    await db
      .deleteFrom(table)
      .where('account_id', '=', accountId)
      .where('session_id', '=', sessionId)
      .execute()
  }
}

/** Those that were connected when the server died have gone now. */
export async function disconnectAll(db: Db, now: Date): Promise<void> {
  await db.updateTable('sessions').set(goneAt(now)).where('is_connected', '=', 1).execute()
}

/** What becomes of a row whose client has gone: its session expires, and its will becomes due. */
export function goneAt(now: Date) {
  const at = now.getTime()
  return {
    is_connected: 0 as const,
    expires_at: sql<number>`${at} + expiry_seconds * 1000`,
    will_at: sql<number | null>`case when will is null then null else ${at} + will_delay_seconds * 1000 end`,
  }
}

/** All sessions, a page at a time. */
export async function* listSessions(db: Db): AsyncGenerator<SessionRecord[]> {
  const pages = readPages({ account_id: '', session_id: 0 }, ({ account_id, session_id }, limit) =>
    db
      .selectFrom('sessions')
      .selectAll()
      .where((is) => is(is.refTuple('account_id', 'session_id'), '>', is.tuple(account_id, session_id)))
      .orderBy('account_id')
      .orderBy('session_id')
      .limit(limit)
      .execute(),
  )
  for await (const rows of pages) yield rows.map(toRecord)
}

export function toRecord(row: Selectable<Tables['sessions']>): SessionRecord {
  return {
    accountId: row.account_id,
    clientId: row.client_id,
    sessionId: row.session_id,
    version: row.protocol_version,
    expirySeconds: row.expiry_seconds,
    isConnected: row.is_connected === 1,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.will !== null && {
      will: {
        message: readMessage(row.will, row.will_payload ?? new Uint8Array()),
        delaySeconds: row.will_delay_seconds,
        ...(row.will_at !== null && { dueAt: row.will_at }),
      },
    }),
  }
}

const upsertSubscription = prepareQuery<
  {
    account_id: string
    session_id: number
    filter: string
    qos: 0 | 1 | 2
    no_local: 0 | 1
    retain_as_published: 0 | 1
    identifier: number | null
  },
  unknown
>((db, value) => {
  const key = bindAll(value, ['account_id', 'session_id', 'filter'])
  const rest = bindAll(value, ['qos', 'no_local', 'retain_as_published', 'identifier'])
  return db
    .insertInto('session_subscriptions')
    .values({ ...key, ...rest })
    .onConflict((conflict) => conflict.columns(['account_id', 'session_id', 'filter']).doUpdateSet(rest))
})

export async function saveSubscription(
  db: Db,
  { accountId, sessionId }: QueueKey,
  options: SubscriptionOptions,
): Promise<void> {
  await upsertSubscription(db, {
    account_id: accountId,
    session_id: sessionId,
    filter: options.filter,
    qos: options.qos,
    no_local: options.noLocal ? 1 : 0,
    retain_as_published: options.retainAsPublished ? 1 : 0,
    identifier: options.identifier ?? null,
  })
}

export async function deleteSubscription(
  db: Db,
  { accountId, sessionId }: QueueKey,
  filter: string,
): Promise<void> {
  await db
    .deleteFrom('session_subscriptions')
    .where('account_id', '=', accountId)
    .where('session_id', '=', sessionId)
    .where('filter', '=', filter)
    .execute()
}

/** All of them, a page at a time. */
export async function* listSubscriptions(
  db: Db,
): AsyncGenerator<{ sessionId: number; options: SubscriptionOptions }[]> {
  const first = { account_id: '', session_id: 0, filter: '' }
  const pages = readPages(first, ({ account_id, session_id, filter }, limit) =>
    db
      .selectFrom('session_subscriptions')
      .selectAll()
      .where((is) =>
        is(is.refTuple('account_id', 'session_id', 'filter'), '>', is.tuple(account_id, session_id, filter)),
      )
      .orderBy('account_id')
      .orderBy('session_id')
      .orderBy('filter')
      .limit(limit)
      .execute(),
  )
  for await (const rows of pages)
    yield rows.map((row) => ({ sessionId: row.session_id, options: toOptions(row) }))
}

/** Those of so many sessions at once. */
export async function listSubscriptionsOf(db: Db, accountId: string, sessionIds: readonly number[]) {
  const rows = await db
    .selectFrom('session_subscriptions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('session_id', 'in', sessionIds)
    .execute()
  return rows.map((row) => ({ sessionId: row.session_id, options: toOptions(row) }))
}

const toOptions = (row: Tables['session_subscriptions']): SubscriptionOptions => ({
  filter: row.filter,
  qos: row.qos,
  noLocal: row.no_local === 1,
  retainAsPublished: row.retain_as_published === 1,
  ...(row.identifier !== null && { identifier: row.identifier }),
})

export async function saveReceipt(
  db: Db,
  { accountId, sessionId }: QueueKey,
  packetId: number,
): Promise<void> {
  await db
    .insertInto('session_receipts')
    .values({ account_id: accountId, session_id: sessionId, packet_id: packetId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function deleteReceipt(
  db: Db,
  { accountId, sessionId }: QueueKey,
  packetId: number,
): Promise<void> {
  await db
    .deleteFrom('session_receipts')
    .where('account_id', '=', accountId)
    .where('session_id', '=', sessionId)
    .where('packet_id', '=', packetId)
    .execute()
}

export async function listReceipts(db: Db): Promise<{ sessionId: number; packetId: number }[]> {
  const rows = await db.selectFrom('session_receipts').select(['session_id', 'packet_id']).execute()
  return rows.map((row) => ({ sessionId: row.session_id, packetId: row.packet_id }))
}

export async function listReceiptsOf(db: Db, accountId: string, sessionIds: readonly number[]) {
  const rows = await db
    .selectFrom('session_receipts')
    .select(['session_id', 'packet_id'])
    .where('account_id', '=', accountId)
    .where('session_id', 'in', sessionIds)
    .execute()
  return rows.map((row) => ({ sessionId: row.session_id, packetId: row.packet_id }))
}

export async function saveSharedQueue(
  db: Db,
  { accountId, sessionId }: QueueKey,
  name: string,
): Promise<void> {
  const key = { account_id: accountId, name }
  await db
    .insertInto('shared_queues')
    .values({ ...key, session_id: sessionId })
    .onConflict((conflict) => conflict.columns(['account_id', 'name']).doUpdateSet({ session_id: sessionId }))
    .execute()
}

export async function listSharedQueues(db: Db): Promise<(QueueKey & { name: string })[]> {
  const rows = await db.selectFrom('shared_queues').selectAll().execute()
  return rows.map((row) => ({ accountId: row.account_id, sessionId: row.session_id, name: row.name }))
}

import { sql } from 'kysely'
import { bindAll, prepareQuery, type Db, type Tables } from '../../store/index.ts'
import type { KeptMessage, QueueKey } from './kept-message.ts'
import { readProperties, writeProperties } from './message-row.ts'

export interface QueueSummary extends QueueKey {
  count: number
  /** Of payload. */
  bytes: number
  firstSeq: number
  lastSeq: number
  /** Epoch milliseconds; null when nothing expires. */
  firstExpiry: number | null
}

type MessageValues = Tables['session_messages']

const insertMessage = prepareQuery<MessageValues, unknown>(
  (db, value) =>
    db
      .insertInto('session_messages')
      .values(
        bindAll(value, [
          'account_id',
          'session_id',
          'seq',
          'topic',
          'payload',
          'qos',
          'retain',
          'properties',
          'identifiers',
          'expires_at',
          'state',
        ]),
      )
      .onConflict((conflict) => conflict.doNothing()), // a commit whose answer was lost is made again
)

export async function saveMessage(db: Db, kept: KeptMessage): Promise<void> {
  const { queue, message, identifiers } = kept
  await insertMessage(db, {
    account_id: queue.accountId,
    session_id: queue.sessionId,
    seq: kept.seq,
    topic: message.topic,
    payload: message.payload,
    qos: kept.qos,
    retain: kept.retain ? 1 : 0,
    properties: writeProperties(message.properties),
    identifiers: identifiers ? JSON.stringify(identifiers) : null,
    expires_at: kept.expiresAt ?? null,
    state: kept.state,
  })
}

type MessageKey = Pick<MessageValues, 'account_id' | 'session_id' | 'seq'>

const removeMessage = prepareQuery<MessageKey, unknown>((db, value) =>
  db
    .deleteFrom('session_messages')
    .where('account_id', '=', value('account_id'))
    .where('session_id', '=', value('session_id'))
    .where('seq', '=', value('seq')),
)

const updateState = prepareQuery<MessageKey & Pick<MessageValues, 'state'>, unknown>((db, value) =>
  db
    .updateTable('session_messages')
    .set({ state: value('state') })
    .where('account_id', '=', value('account_id'))
    .where('session_id', '=', value('session_id'))
    .where('seq', '=', value('seq')),
)

const keyOf = ({ queue, seq }: Pick<KeptMessage, 'queue' | 'seq'>): MessageKey => ({
  account_id: queue.accountId,
  session_id: queue.sessionId,
  seq,
})

export async function deleteMessage(db: Db, kept: Pick<KeptMessage, 'queue' | 'seq'>): Promise<void> {
  await removeMessage(db, keyOf(kept))
}

export async function saveState(db: Db, kept: KeptMessage): Promise<void> {
  await updateState(db, { ...keyOf(kept), state: kept.state })
}

const selectPage = prepareQuery<
  { account_id: string; session_id: number; after: number; before: number; limit: number },
  MessageValues
>((db, value) =>
  db
    .selectFrom('session_messages')
    .selectAll()
    .where('account_id', '=', value('account_id'))
    .where('session_id', '=', value('session_id'))
    .where('seq', '>', value('after'))
    .where('seq', '<', value('before'))
    .orderBy('seq')
    .limit(value('limit')),
)

/** In order, without those two. */
export async function listMessages(
  db: Db,
  queue: QueueKey,
  range: { after: number; before: number; limit: number },
): Promise<KeptMessage[]> {
  const { rows } = await selectPage(db, {
    account_id: queue.accountId,
    session_id: queue.sessionId,
    ...range,
  })
  return rows.map((row) => toKept(queue, row))
}

function toKept(queue: QueueKey, row: MessageValues): KeptMessage {
  const { topic, payload, qos, properties, identifiers } = row
  const retain = row.retain === 1
  return {
    queue,
    seq: row.seq,
    message: {
      accountId: queue.accountId,
      topic,
      payload,
      qos,
      retain,
      ...(properties !== null && { properties: readProperties(properties) }),
    },
    qos,
    retain,
    ...(identifiers !== null && { identifiers: JSON.parse(identifiers) as number[] }),
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    state: row.state,
    isDuplicate: row.state !== 'waiting',
    isDurable: true,
  }
}

const selectSummaries = (db: Db) =>
  db
    .selectFrom('session_messages')
    .select((row) => [
      'account_id',
      'session_id',
      row.fn.countAll<number>().as('count'),
      sql<number>`sum(length(payload))`.as('bytes'),
      row.fn.min<number>('seq').as('first_seq'),
      row.fn.max<number>('seq').as('last_seq'),
      row.fn.min<number | null>('expires_at').as('first_expiry'),
    ])
    .groupBy(['account_id', 'session_id'])

type SummaryRow = Awaited<ReturnType<ReturnType<typeof selectSummaries>['execute']>>[number]

export async function summarizeQueues(db: Db): Promise<QueueSummary[]> {
  return (await selectSummaries(db).execute()).map(toSummary)
}

/** Those of so many sessions at once. */
export async function summarizeQueuesOf(
  db: Db,
  accountId: string,
  sessionIds: readonly number[],
): Promise<QueueSummary[]> {
  const rows = await selectSummaries(db)
    .where('account_id', '=', accountId)
    .where('session_id', 'in', sessionIds)
    .execute()
  return rows.map(toSummary)
}

function toSummary(row: SummaryRow): QueueSummary {
  return {
    accountId: row.account_id,
    sessionId: row.session_id,
    count: Number(row.count),
    bytes: Number(row.bytes),
    firstSeq: Number(row.first_seq),
    lastSeq: Number(row.last_seq),
    firstExpiry: row.first_expiry === null ? null : Number(row.first_expiry),
  }
}

/** After a crash nobody knows which messages had gone out to those who were connected, so all count as sent. */
export async function assumeSent(db: Db): Promise<void> {
  await db
    .updateTable('session_messages')
    .set({ state: 'sent' })
    .where('state', '=', 'waiting')
    .where('session_id', 'in', (query) =>
      query.selectFrom('sessions').select('session_id').where('is_connected', '=', 1),
    )
    .execute()
}

/** Likewise, of the session of a client that was connected elsewhere. */
export async function assumeSentTo(db: Db, { accountId, sessionId }: QueueKey): Promise<void> {
  await db
    .updateTable('session_messages')
    .set({ state: 'sent' })
    .where('account_id', '=', accountId)
    .where('session_id', '=', sessionId)
    .where('state', '=', 'waiting')
    .execute()
}

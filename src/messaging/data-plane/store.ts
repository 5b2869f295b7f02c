import { sql } from 'kysely'
import type { MessageProperties } from '../../fabric/in-process/index.ts'
import { chunksOf } from '../../lib/chunks.ts'
import type { Db } from '../../store/index.ts'
import type { RetainedMessage } from './retained-message.ts'

/** Replaces what was retained for the topic. */
export async function saveRetained(db: Db, accountId: string, retained: RetainedMessage): Promise<void> {
  const { topic, payload, qos, properties, modifiedAt, expiresAt } = retained
  const row = {
    payload,
    qos,
    properties: properties ? writeProperties(properties) : null,
    modified_at: modifiedAt.getTime(),
    expires_at: expiresAt?.getTime() ?? null,
  }
  await db
    .insertInto('retained_messages')
    .values({ account_id: accountId, topic, ...row })
    .onConflict((conflict) => conflict.columns(['account_id', 'topic']).doUpdateSet(row))
    .execute()
}

export async function deleteRetained(db: Db, accountId: string, topic: string): Promise<void> {
  await db
    .deleteFrom('retained_messages')
    .where('account_id', '=', accountId)
    .where('topic', '=', topic)
    .execute()
}

export interface RetainedTopic {
  accountId: string
  topic: string
}

/** Some of them: those that expired first. */
export async function deleteExpired(
  db: Db,
  { now, limit }: { now: Date; limit: number },
): Promise<RetainedTopic[]> {
  const expired = await db
    .selectFrom('retained_messages')
    .select(['account_id as accountId', 'topic'])
    .where('expires_at', '<=', now.getTime())
    .orderBy('expires_at')
    .limit(limit)
    .execute()
  for (const { accountId, topic } of expired) await deleteRetained(db, accountId, topic)
  return expired
}

/** Those there are, in no order; expired ones too. */
export async function findRetained(
  db: Db,
  accountId: string,
  topics: readonly string[],
): Promise<RetainedMessage[]> {
  const found: RetainedMessage[] = []
  for (const some of chunksOf(topics, maxTopicsInQuery)) found.push(...(await findSome(db, accountId, some)))
  return found
}

/** Databases bound the parameters of a query. */
const maxTopicsInQuery = 1000

async function findSome(db: Db, accountId: string, topics: readonly string[]): Promise<RetainedMessage[]> {
  const rows = await db
    .selectFrom('retained_messages')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('topic', 'in', topics)
    .execute()
  return rows.map(({ topic, payload, qos, properties, modified_at, expires_at }) => ({
    topic,
    payload,
    qos,
    ...(properties !== null && { properties: readProperties(properties) }),
    modifiedAt: new Date(modified_at),
    ...(expires_at !== null && { expiresAt: new Date(expires_at) }),
  }))
}

export interface RetainedSummary {
  topic: string
  payloadSize: number
  qos: 0 | 1 | 2
  modifiedAt: Date
}

/** By topic, from the one after `after`; without expired ones. */
export async function listRetained(
  db: Db,
  accountId: string,
  { after, limit, now }: { after: string | undefined; limit: number; now: Date },
): Promise<RetainedSummary[]> {
  const rows = await db
    .selectFrom('retained_messages')
    .select(['topic', 'qos', 'modified_at', sql<number>`length(payload)`.as('payload_size')])
    .where('account_id', '=', accountId)
    .$if(after !== undefined, (query) => query.where('topic', '>', after ?? ''))
    .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', now.getTime())]))
    .orderBy('topic')
    .limit(limit)
    .execute()
  return rows.map(({ topic, payload_size, qos, modified_at }) => ({
    topic,
    payloadSize: payload_size,
    qos,
    modifiedAt: new Date(modified_at),
  }))
}

export async function listRetainedTopics(db: Db): Promise<{ accountId: string; topic: string }[]> {
  const rows = await db.selectFrom('retained_messages').select(['account_id', 'topic']).execute()
  return rows.map(({ account_id, topic }) => ({ accountId: account_id, topic }))
}

/** Bytes as base64. */
function writeProperties({ correlationData, ...others }: MessageProperties): string {
  return JSON.stringify({
    ...others,
    ...(correlationData && { correlationData: Buffer.from(correlationData).toString('base64') }),
  })
}

function readProperties(text: string): MessageProperties {
  const { correlationData, ...others } = JSON.parse(text) as Omit<MessageProperties, 'correlationData'> & {
    correlationData?: string
  }
  return {
    ...others,
    ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData, 'base64') }),
  }
}

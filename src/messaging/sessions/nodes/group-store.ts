/**
 * What no member of a shared group has yet, where several nodes have one database: it waits for whichever node has a
 * member that can take it, or a node has given it to a client that has not acknowledged it.
 */
import { sql } from 'kysely'
import type { Message } from '../../../fabric/in-process/index.ts'
import type { Db, Tables } from '../../../store/index.ts'
import { readMessage, writeMessage } from '../message-row.ts'

export interface GroupName {
  accountId: string
  /** `<group>/<filter>` */
  name: string
}

export interface GroupMessage extends GroupName {
  /** Its number in the log. */
  seq: number
  message: Message
  /** Epoch milliseconds. */
  expiresAt?: number | undefined
}

export interface QueueBounds {
  maxMessages: number
  /** Of payload. */
  maxBytes: number
  /** Otherwise what comes is lost. */
  dropsOldest: boolean
}

const toRow = ({ accountId, name, seq, message, expiresAt }: GroupMessage) => ({
  account_id: accountId,
  name,
  seq,
  message: writeMessage(message),
  payload: message.payload,
  expires_at: expiresAt ?? null,
})

/** The node's, until its client has it; nobody's (the empty name) while it waits. */
export async function lendMessage(db: Db, given: GroupMessage, nodeName: string): Promise<void> {
  await db
    .insertInto('group_messages')
    .values({ ...toRow(given), node_name: nodeName })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'name', 'seq']).doUpdateSet({ node_name: nodeName }),
    )
    .execute()
}

/** A member has it. */
export async function deleteLent(
  db: Db,
  { accountId, name, seq }: GroupName & { seq: number },
  nodeName: string,
): Promise<void> {
  await db
    .deleteFrom('group_messages')
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .where('seq', '=', seq)
    .where('node_name', '=', nodeName)
    .execute()
}

/**
 * From now on it waits, when some session that outlives its connection is to have it. Gives how many were lost because as
 * many wait as may.
 */
export async function letWait(db: Db, given: GroupMessage, bounds?: QueueBounds): Promise<number> {
  if (!(await isWanted(db, given))) {
    await deleteMessage(db, given)
    return 0
  }
  await insertWaiting(db, given)
  await countWaiting(db, given, { messages: 1, bytes: given.message.payload.length })
  return bounds ? cutDown(db, given, bounds) : 0
}

/** Without being counted; it may have been lent. */
export const insertWaiting = (db: Db, given: GroupMessage): Promise<void> => lendMessage(db, given, '')

export async function deleteAll(db: Db): Promise<void> {
  for (const table of ['group_messages', 'group_queues'] as const) await db.deleteFrom(table).execute()
}

async function deleteMessage(db: Db, { accountId, name, seq }: GroupMessage): Promise<void> {
  await db
    .deleteFrom('group_messages')
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .where('seq', '=', seq)
    .execute()
}

async function isWanted(db: Db, { accountId, name }: GroupName): Promise<boolean> {
  const row = await db
    .selectFrom('session_subscriptions')
    .select('session_id')
    .where('filter', '=', `$share/${name}`)
    .where('account_id', '=', accountId)
    .where('qos', '>', 0)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function countWaiting(
  db: Db,
  { accountId, name }: GroupName,
  { messages, bytes }: { messages: number; bytes: number },
): Promise<void> {
  await db
    .insertInto('group_queues')
    .values({ account_id: accountId, name, waiting: messages, bytes })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'name']).doUpdateSet({
        waiting: sql<number>`group_queues.waiting + ${messages}`,
        bytes: sql<number>`group_queues.bytes + ${bytes}`,
      }),
    )
    .execute()
}

/** One after another: there are never many too many. */
async function cutDown(db: Db, group: GroupName, { maxMessages, maxBytes, dropsOldest }: QueueBounds) {
  const { accountId, name } = group
  let lost = 0
  for (;;) {
    const queue = await db
      .selectFrom('group_queues')
      .select(['waiting', 'bytes'])
      .where('account_id', '=', accountId)
      .where('name', '=', name)
      .executeTakeFirst()
    if (!queue || (queue.waiting <= maxMessages && queue.bytes <= maxBytes)) return lost
    const victim = await selectWaiting(db, group)
      .select(['seq', sql<number>`length(payload)`.as('bytes')])
      .orderBy('seq', dropsOldest ? 'asc' : 'desc')
      .limit(1)
      .executeTakeFirst()
    if (!victim) return lost
    await deleteWaiting(db, group, [{ seq: victim.seq, bytes: Number(victim.bytes) }])
    lost += 1
  }
}

const selectWaiting = (db: Db, { accountId, name }: GroupName) =>
  db
    .selectFrom('group_messages')
    .where('node_name', '=', '')
    .where('account_id', '=', accountId)
    .where('name', '=', name)

/** In order, with numbers above `after`. */
export async function listWaiting(
  db: Db,
  group: GroupName,
  { after, limit }: { after: number; limit: number },
): Promise<GroupMessage[]> {
  const rows = await selectWaiting(db, group)
    .select(['seq', 'message', 'payload', 'expires_at'])
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => toGroupMessage({ ...row, account_id: group.accountId, name: group.name }))
}

const toGroupMessage = (row: Omit<Tables['group_messages'], 'node_name'>): GroupMessage => ({
  accountId: row.account_id,
  name: row.name,
  seq: row.seq,
  message: readMessage(row.message, row.payload),
  ...(row.expires_at !== null && { expiresAt: row.expires_at }),
})

/** Of all groups, in order, lent or not: at the start of a server that has the database by itself. */
export async function listAll(db: Db): Promise<GroupMessage[]> {
  const rows = await db.selectFrom('group_messages').selectAll().orderBy('seq').execute()
  return rows.map(toGroupMessage)
}

/** Gives the numbers of those that were still waiting: they are the node's now. */
export async function claimWaiting(
  db: Db,
  { accountId, name }: GroupName,
  { seqs, nodeName }: { seqs: readonly number[]; nodeName: string },
): Promise<Set<number>> {
  const rows = await db
    .updateTable('group_messages')
    .set({ node_name: nodeName })
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .where('seq', 'in', seqs)
    .where('node_name', '=', '')
    .returning(['seq', sql<number>`length(payload)`.as('bytes')])
    .execute()
  const bytes = rows.reduce((sum, row) => sum + Number(row.bytes), 0)
  await countWaiting(db, { accountId, name }, { messages: -rows.length, bytes: -bytes })
  return new Set(rows.map(({ seq }) => seq))
}

/** Those of them that still wait; gives how many. */
export async function deleteWaiting(
  db: Db,
  { accountId, name }: GroupName,
  messages: readonly { seq: number; bytes: number }[],
): Promise<number> {
  const seqs = messages.map(({ seq }) => seq)
  const rows = await db
    .deleteFrom('group_messages')
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .where('seq', 'in', seqs)
    .where('node_name', '=', '')
    .returning('seq')
    .execute()
  const gone = new Set(rows.map(({ seq }) => seq))
  const bytes = messages.reduce((sum, one) => sum + (gone.has(one.seq) ? one.bytes : 0), 0)
  await countWaiting(db, { accountId, name }, { messages: -gone.size, bytes: -bytes })
  return gone.size
}

/** What a node that is gone had given to clients waits again: they have gone too. */
export async function returnLent(db: Db, nodeName: string): Promise<void> {
  if (nodeName === '') return
  const rows = await db
    .updateTable('group_messages')
    .set({ node_name: '' })
    .where('node_name', '=', nodeName)
    .returning(['account_id as accountId', 'name', sql<number>`length(payload)`.as('bytes')])
    .execute()
  for (const row of rows) await countWaiting(db, row, { messages: 1, bytes: Number(row.bytes) })
}

/** Of groups that no session which outlives its connection is in any more: nobody waits for it. */
export async function forgetUnwanted(db: Db): Promise<void> {
  const groups = await db
    .selectFrom('group_queues')
    .select(['account_id as accountId', 'name'])
    .orderBy('account_id')
    .orderBy('name')
    .execute()
  for (const group of groups) {
    if (await isWanted(db, group)) continue
    const { accountId, name } = group
    await db
      .deleteFrom('group_messages')
      .where('account_id', '=', accountId)
      .where('name', '=', name)
      .where('node_name', '=', '')
      .execute()
    await db.deleteFrom('group_queues').where('account_id', '=', accountId).where('name', '=', name).execute()
  }
}

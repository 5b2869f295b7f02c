/**
 * Whose sessions they are where several nodes have one database: one node's at a time, whose name is in the row with a
 * number that grows when another one takes the session over.
 */
import { sql } from 'kysely'
import { chunksOf } from '../../../lib/chunks.ts'
import type { Db } from '../../../store/index.ts'
import { expiryOf, type QueueKey } from '../kept-message.ts'
import { assumeSentTo } from '../message-store.ts'
import { goneAt, toRecord, toSessionRow, type SessionRecord } from '../store.ts'
import { letWait, returnLent } from './group-store.ts'
import { findOwners, type Ownership } from './owner-lookup-store.ts'
import { deletePosition, findPosition, listLogged, newestLogged, savePosition } from './log-store.ts'

/** Of one statement. */
const idsAtOnce = 500

/** A session that this node has from now on. */
export interface Taken {
  record: SessionRecord & { epoch: number }
  /** It has the log up to there. */
  logSeq: number
  /** Its client was connected to the node that had it. */
  wasConnected: boolean
}

export const findOwner = async (
  db: Db,
  accountId: string,
  clientId: string,
): Promise<Ownership | undefined> => (await findOwners(db, accountId, [clientId])).get(clientId)

/** Epochs of those that are the node's, by session id. */
export async function listOwned(
  db: Db,
  { nodeName, accountId, sessionIds }: { nodeName: string; accountId: string; sessionIds: readonly number[] },
): Promise<Map<number, number>> {
  const owned = new Map<number, number>()
  for (const ids of chunksOf(sessionIds, idsAtOnce)) {
    const rows = await db
      .selectFrom('sessions')
      .select(['session_id', 'epoch'])
      .where('account_id', '=', accountId)
      .where('session_id', 'in', ids)
      .where('owner_node', '=', nodeName)
      .execute()
    for (const row of rows) owned.set(row.session_id, row.epoch)
  }
  return owned
}

/** Replaces the session the client id had here; false when another node has one. */
export async function insertOwned(db: Db, record: SessionRecord, nodeName: string): Promise<boolean> {
  const known = await findOwner(db, record.accountId, record.clientId)
  if (known && known.ownerNode !== nodeName) return false
  const { account_id, client_id, ...rest } = toSessionRow(record)
  const values = { ...rest, owner_node: nodeName, epoch: record.epoch ?? 0, log_seq: null }
  await db
    .insertInto('sessions')
    .values({ account_id, client_id, ...values })
    .onConflict((conflict) => conflict.columns(['account_id', 'client_id']).doUpdateSet(values))
    .execute()
  return true
}

/** From whichever node has it, which can write nothing of it afterwards. */
export async function takeSession(
  db: Db,
  {
    accountId,
    clientId,
    nodeName,
    now,
  }: { accountId: string; clientId: string; nodeName: string; now: Date },
): Promise<Taken | undefined> {
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .executeTakeFirst()
  if (!row) return undefined
  const logSeq = row.log_seq ?? (await findPosition(db, row.owner_node)) ?? (await newestLogged(db))
  const wasConnected = row.is_connected === 1
  if (wasConnected) await assumeSentTo(db, { accountId, sessionId: row.session_id })
  const taken = await db
    .updateTable('sessions')
    .set({ owner_node: nodeName, epoch: row.epoch + 1, log_seq: logSeq })
    .$if(wasConnected, (query) => query.set(goneAt(now)))
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { record: { ...toRecord(taken), epoch: taken.epoch }, logSeq, wasConnected }
}

/** Gives it up: it has the log up to `logSeq`, or up to what its row says already. */
export async function releaseSession(
  db: Db,
  { accountId, sessionId, nodeName, logSeq }: QueueKey & { nodeName: string; logSeq: number },
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ owner_node: '', log_seq: sql<number>`coalesce(log_seq, ${sql.lit(logSeq)})` })
    .where('account_id', '=', accountId)
    .where('session_id', '=', sessionId)
    .where('owner_node', '=', nodeName)
    .execute()
}

const connectedAt = (nodeName: string) => sql<boolean>`owner_node = ${nodeName} and is_connected = 1`

/** Of a node that is gone, or of a server that had the database by itself (the empty name): its clients have gone now. */
export async function orphanSessions(db: Db, nodeName: string, now: Date): Promise<void> {
  const position = await findPosition(db, nodeName)
  if (position !== undefined) await returnShares(db, { nodeName, position, now })
  const logSeq = position ?? (await newestLogged(db))
  await db
    .updateTable('session_messages')
    .set({ state: 'sent' })
    .where('state', '=', 'waiting')
    .where('session_id', 'in', (query) =>
      query.selectFrom('sessions').select('session_id').where(connectedAt(nodeName)),
    )
    .execute()
  await db
    .updateTable('sessions')
    .set(goneAt(now))
    .where('owner_node', '=', nodeName)
    .where('is_connected', '=', 1)
    .execute()
  await db
    .updateTable('sessions')
    .set({ owner_node: '', log_seq: sql<number>`coalesce(log_seq, ${sql.lit(logSeq)})` })
    .where('owner_node', '=', nodeName)
    .execute()
  await deletePosition(db, nodeName)
}

const loggedAtOnce = 500

/** What shared groups were to have from it waits for others: what it had given to clients, and what it has not read. */
async function returnShares(
  db: Db,
  { nodeName, position, now }: { nodeName: string; position: number; now: Date },
): Promise<void> {
  await returnLent(db, nodeName)
  let after = position
  for (;;) {
    const page = await listLogged(db, { after, limit: loggedAtOnce })
    for (const { seq, message, shares } of page) {
      const given = {
        accountId: message.accountId,
        seq,
        message,
        expiresAt: expiryOf(message, now.getTime()),
      }
      for (const [name, picked] of shares) if (picked === nodeName) await letWait(db, { ...given, name })
    }
    const last = page.at(-1)
    if (!last || page.length < loggedAtOnce) return
    after = last.seq
  }
}

export interface Orphan extends QueueKey {
  clientId: string
}

/** Sessions that no node has, in an order of their own. */
export async function listOrphans(db: Db, after: QueueKey | undefined, limit: number): Promise<Orphan[]> {
  let query = db
    .selectFrom('sessions')
    .select(['account_id as accountId', 'session_id as sessionId', 'client_id as clientId'])
    .where('owner_node', '=', '')
  if (after)
    query = query.where((is) =>
      is(is.refTuple('account_id', 'session_id'), '>', is.tuple(after.accountId, after.sessionId)),
    )
  return await query.orderBy('account_id').orderBy('session_id').limit(limit).execute()
}

/** Those of them that no node has taken meanwhile. */
export async function adoptSessions(
  db: Db,
  { accountId, sessionIds, nodeName }: { accountId: string; sessionIds: readonly number[]; nodeName: string },
): Promise<Taken[]> {
  const rows = await db
    .updateTable('sessions')
    .set({ owner_node: nodeName, epoch: sql<number>`epoch + 1` })
    .where('account_id', '=', accountId)
    .where('session_id', 'in', sessionIds)
    .where('owner_node', '=', '')
    .returningAll()
    .execute()
  return rows.map((row) => ({
    record: { ...toRecord(row), epoch: row.epoch },
    logSeq: row.log_seq ?? 0,
    wasConnected: false,
  }))
}

/** Of sessions that are the node's: they have the log up to there; null: up to where the node has read. */
export async function saveLogSeq(
  db: Db,
  {
    accountId,
    sessionIds,
    nodeName,
    logSeq,
  }: {
    accountId: string
    sessionIds: readonly number[]
    nodeName: string
    logSeq: number | null
  },
): Promise<void> {
  for (const ids of chunksOf(sessionIds, idsAtOnce))
    await db
      .updateTable('sessions')
      .set({ log_seq: logSeq })
      .where('account_id', '=', accountId)
      .where('session_id', 'in', ids)
      .where('owner_node', '=', nodeName)
      .execute()
}

/** So many may be made by one run of a node. */
const idsABlock = 2 ** 34
/** Above those of a server by itself. */
const firstBlockId = 2 ** 40

/** The first of numbers that no session has. */
export async function nextSessionBlock(db: Db, nodeName: string): Promise<number> {
  const { block } = await db
    .insertInto('session_blocks')
    .values({ node_name: nodeName })
    .returning('block')
    .executeTakeFirstOrThrow()
  await db.deleteFrom('session_blocks').where('block', '<', block).execute()
  return firstBlockId + block * idsABlock
}

/** The node begins: it has no sessions yet, and reads the log from here on. Gives the first number of its sessions to come. */
export async function beginNode(
  db: Db,
  nodeName: string,
  now: Date,
): Promise<{ firstSessionId: number; position: number }> {
  await orphanSessions(db, nodeName, now)
  const position = await newestLogged(db)
  await savePosition(db, nodeName, position)
  return { firstSessionId: await nextSessionBlock(db, nodeName), position }
}

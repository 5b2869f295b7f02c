/**
 * The log of a cluster's messages: what persistent sessions are to have, whichever node has them. As nodes write in
 * turns, numbers grow in the order of commits, so whoever reads what is above a number misses nothing.
 */
import type { Message, Shares } from '../../../fabric/in-process/index.ts'
import { chunksOf } from '../../../lib/chunks.ts'
import type { Db } from '../../../store/index.ts'
import { readMessage, writeMessage } from '../message-row.ts'

export interface Logging {
  message: Message
  shares: Shares
}

export interface Logged extends Logging {
  seq: number
}

/** Of one statement. */
const rowsAtOnce = 500

/** Shares of nodes that do not read the log are `nodeName`'s, which does. */
export async function appendToLog(db: Db, logging: readonly Logging[], nodeName: string): Promise<void> {
  const readers = logging.some(({ shares }) => shares.length > 0) ? await listReaders(db) : new Set<string>()
  const readBy = (name: string) => (readers.has(name) ? name : nodeName)
  for (const some of chunksOf(logging, rowsAtOnce)) {
    const rows = some.map(({ message, shares }) => ({
      account_id: message.accountId,
      message: writeMessage(message),
      payload: message.payload,
      shares:
        shares.length === 0 ? null : JSON.stringify(shares.map(([group, name]) => [group, readBy(name)])),
    }))
    await db.insertInto('message_log').values(rows).execute()
  }
}

/** Names of the nodes that do, or that others have not buried yet. */
async function listReaders(db: Db): Promise<Set<string>> {
  const rows = await db.selectFrom('log_positions').select('node_name').execute()
  return new Set(rows.map((row) => row.node_name))
}

/** In their order: those above `after`, up to `upTo` where there is such a bound. */
export async function listLogged(
  db: Db,
  { after, upTo, limit }: { after: number; upTo?: number; limit: number },
): Promise<Logged[]> {
  let query = db
    .selectFrom('message_log')
    .select(['seq', 'message', 'payload', 'shares'])
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
  if (upTo !== undefined) query = query.where('seq', '<=', upTo)
  const rows = await query.execute()
  return rows.map(({ seq, message, payload, shares }) => ({
    seq,
    message: readMessage(message, payload),
    shares: shares === null ? [] : (JSON.parse(shares) as Shares),
  }))
}

/** Of what is committed; 0 before the first. */
export async function newestLogged(db: Db): Promise<number> {
  const row = await db
    .selectFrom('message_log')
    .select('seq')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.seq ?? 0
}

/** Up to where the sessions of a node have the log. */
export async function findPosition(db: Db, nodeName: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('log_positions')
    .select('log_seq')
    .where('node_name', '=', nodeName)
    .executeTakeFirst()
  return row?.log_seq
}

export async function savePosition(db: Db, nodeName: string, seq: number): Promise<void> {
  await db
    .insertInto('log_positions')
    .values({ node_name: nodeName, log_seq: seq })
    .onConflict((conflict) => conflict.column('node_name').doUpdateSet({ log_seq: seq }))
    .execute()
}

export async function deletePosition(db: Db, nodeName: string): Promise<void> {
  await db.deleteFrom('log_positions').where('node_name', '=', nodeName).execute()
}

/** What every session has by now, but for the newest one, which holds the numbering. */
export async function pruneLog(db: Db): Promise<void> {
  const { taken } = await db
    .selectFrom('log_positions')
    .select((row) => row.fn.min<number | null>('log_seq').as('taken'))
    .executeTakeFirstOrThrow()
  if (taken === null) return
  const behind = await findFurthestBehind(db)
  const newest = await newestLogged(db)
  const bound = Math.min(Number(taken), behind ?? Number(taken), newest - 1)
  await db.deleteFrom('message_log').where('seq', '<=', bound).execute()
}

/** Of the sessions that are behind the node that has them. */
async function findFurthestBehind(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('sessions')
    .select('log_seq')
    .where('log_seq', 'is not', null)
    .orderBy('log_seq')
    .limit(1)
    .executeTakeFirst()
  return row?.log_seq ?? undefined
}

/** No session is to get anything more from it. */
export async function isLogTaken(db: Db): Promise<boolean> {
  const newest = await newestLogged(db)
  const unread = await db
    .selectFrom('log_positions')
    .select('node_name')
    .where('log_seq', '<', newest)
    .limit(1)
    .execute()
  return unread.length === 0 && (await findFurthestBehind(db)) === undefined
}

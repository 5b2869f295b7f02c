/**
 * What a node of several writes of its sessions: nothing of those that are another node's by now, and beside them what
 * the sessions of all nodes are to have.
 */
import type { Change } from '../../../fabric/in-process/index.ts'
import type { Db } from '../../../store/index.ts'
import type { KeptMessage, QueueKey } from '../kept-message.ts'
import type { Share } from '../outgoing.ts'
import type { Changes } from '../session-changes.ts'
import type { GroupMessage } from './group-store.ts'
import { appendToLog } from './log-store.ts'
import { insertOwned, listOwned } from './owner-store.ts'

export interface SharedWrites {
  /** In place of `write` itself. */
  write: (db: Db, changes: Changes, write: Write) => Promise<void>
  /** Resolves when what was written is, and all nodes know what they are to be told. */
  tell: (batch: {
    done: Promise<void>
    told: ReadonlyMap<string, Change>
    logged: unknown[]
  }) => Promise<void>
}

type Write = (db: Db, changes: Changes) => Promise<void>

export interface SharedWriting {
  nodeName: string
  /** Sessions that are another node's: nothing of theirs was written. */
  onLost: (lost: readonly QueueKey[]) => void
  /** A message of a shared group that a session had which is another node's by now: another member is to have it. */
  letWait: (db: Db, given: GroupMessage) => Promise<unknown>
  write: Write
}

export async function writeShared(
  db: Db,
  changes: Changes,
  { nodeName, onLost, letWait, write }: SharedWriting,
): Promise<void> {
  const owned = await findOwned(db, changes, nodeName)
  const lost = new Map<number, QueueKey>()
  const sessions = new Map(changes.sessions)
  for (const [id, record] of changes.sessions) {
    if (!changes.created.has(id) || owned.has(id)) continue
    sessions.delete(id)
    if (await insertOwned(db, record, nodeName)) owned.set(id, record.epoch ?? 0)
    else lost.set(id, record)
  }
  const isOwn = (queue: QueueKey) => {
    const { sessionId, epoch = 0 } = queue
    if (owned.get(sessionId) === epoch) return true
    lost.set(sessionId, queue)
    return false
  }
  await write(db, ownChanges({ ...changes, sessions }, isOwn))
  for (const kept of changes.inserts.keys())
    if (kept.share && !isOwn(kept.queue)) await letWait(db, toGroupMessage(kept, kept.share))
  await appendToLog(db, changes.logged, nodeName)
  if (lost.size > 0) onLost([...lost.values()])
}

const toGroupMessage = (
  { queue: { accountId }, message, expiresAt }: KeptMessage,
  share: Share,
): GroupMessage => ({ accountId, ...share, message, expiresAt })

type IsOwn = (queue: QueueKey) => boolean

function ownChanges(changes: Changes, isOwn: IsOwn): Changes {
  const ofMap = <Key, Value>(map: Map<Key, Value>, queueOf: (value: Value) => QueueKey | undefined) =>
    new Map(
      [...map].filter(([, value]) => {
        const queue = queueOf(value)
        return queue === undefined || isOwn(queue)
      }),
    )
  return {
    ...changes,
    sessions: ofMap(changes.sessions, (record) => record),
    named: ofMap(changes.named, ({ queue }) => queue),
    inserts: new Map([...changes.inserts].filter(([{ queue }]) => isOwn(queue))),
    updates: new Set([...changes.updates].filter(({ queue }) => isOwn(queue))),
    removals: new Set([...changes.removals].filter(({ queue }) => isOwn(queue))),
    ended: ofMap(changes.ended, (queue) => queue),
  }
}

/** Epochs of the sessions that are this node's, of all that something is to be written of. */
async function findOwned(db: Db, changes: Changes, nodeName: string): Promise<Map<number, number>> {
  const byAccount = new Map<string, Set<number>>()
  for (const { accountId, sessionId } of queuesOf(changes)) {
    const ids = byAccount.get(accountId) ?? new Set()
    byAccount.set(accountId, ids.add(sessionId))
  }
  const owned = new Map<number, number>()
  for (const [accountId, ids] of byAccount)
    for (const [id, epoch] of await listOwned(db, { nodeName, accountId, sessionIds: [...ids] }))
      owned.set(id, epoch)
  return owned
}

function* queuesOf(changes: Changes): Iterable<QueueKey> {
  yield* changes.sessions.values()
  for (const { queue } of changes.named.values()) if (queue) yield queue
  for (const { queue } of changes.inserts.keys()) yield queue
  for (const { queue } of changes.updates) yield queue
  for (const { queue } of changes.removals) yield queue
  yield* changes.ended.values()
}

import type { Store } from '../../store/index.ts'
import type { SessionRegistry } from './session-registry.ts'
import { assumeSent, summarizeQueues } from './message-store.ts'
import {
  listReceipts,
  listSessions,
  listSharedQueues,
  listSubscriptions,
  type SessionRecord,
} from './store.ts'

type Registry = Pick<SessionRegistry, 'restore' | 'reserveId' | 'discard' | 'groups'>

/**
 * Brings back what an earlier run of the server left. Those that were connected when it died count as having gone
 * now: their wills become due, and what had been sent to them may be sent again.
 */
export async function restoreSessions(store: Store, registry: Registry, now: Date): Promise<void> {
  await store.transact((db) => assumeSent(db))
  const queues = new Map((await summarizeQueues(store.read)).map((queue) => [queue.sessionId, queue]))
  for (const sessionId of queues.keys()) registry.reserveId(sessionId)
  const records = await listSessions(store.read)
  const sessions = new Map(
    records.map((record) => {
      const left = queues.get(record.sessionId)
      queues.delete(record.sessionId)
      return [record.sessionId, registry.restore(asGone(record, now.getTime()), left)] as const
    }),
  )
  for (const { sessionId, options } of await listSubscriptions(store.read))
    sessions.get(sessionId)?.restore(options)
  for (const { sessionId, packetId } of await listReceipts(store.read))
    sessions.get(sessionId)?.restoreReceipt(packetId)
  for (const shared of await listSharedQueues(store.read)) {
    registry.reserveId(shared.sessionId)
    const left = queues.get(shared.sessionId)
    const group = left && registry.groups.find(shared.accountId, shared.name)
    if (!group) void registry.discard(shared)
    else group.adoptQueue(left)
    queues.delete(shared.sessionId)
  }
  for (const orphan of queues.values()) void registry.discard(orphan)
}

function asGone(record: SessionRecord, now: number): SessionRecord {
  if (!record.isConnected) return record
  const { will, expirySeconds } = record
  return {
    ...record,
    expiresAt: now + expirySeconds * 1000,
    ...(will && { will: { ...will, dueAt: now + will.delaySeconds * 1000 } }),
  }
}

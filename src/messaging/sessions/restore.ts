import type { Store } from '../../store/index.ts'
import type { Session } from './session.ts'
import type { SessionRegistry } from './session-registry.ts'
import { assumeSent, summarizeQueues } from './message-store.ts'
import { disconnectAll, listReceipts, listSessions, listSharedQueues, listSubscriptions } from './store.ts'

type Registry = Pick<SessionRegistry, 'restore' | 'reserveId' | 'discard' | 'groups'>

/**
 * Brings back what an earlier run of the server left. Those that were connected when it died count as having gone
 * now: their wills become due, and what had been sent to them may be sent again.
 */
export async function restoreSessions(store: Store, registry: Registry, now: Date): Promise<void> {
  await store.transact(async (db) => {
    await assumeSent(db)
    await disconnectAll(db, now)
  })
  const queues = new Map((await summarizeQueues(store.read)).map((queue) => [queue.sessionId, queue]))
  for (const sessionId of queues.keys()) registry.reserveId(sessionId)
  const sessions = new Map<number, Session>()
  for await (const page of listSessions(store.read)) {
    for (const record of page)
      sessions.set(record.sessionId, registry.restore(record, queues.get(record.sessionId)))
    for (const { sessionId } of page) queues.delete(sessionId)
  }
  for await (const page of listSubscriptions(store.read))
    for (const { sessionId, options } of page) sessions.get(sessionId)?.restore(options)
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

/** Sessions begin as those of one node of several, or come back to a server by itself. */
import type { Store } from '../../../store/index.ts'
import { OwnPayloads } from '../kept-message.ts'
import { SessionRegistry, type SessionsDeps } from '../session-registry.ts'
import { findSharedFilter } from './filter-store.ts'
import { isLogTaken } from './log-store.ts'
import { NodeSessions } from './node-sessions.ts'
import { beginNode, listOwned } from './owner-store.ts'
import type { SessionNodes } from './session-nodes.ts'
import { writeShared, type SharedWrites } from './shared-writes.ts'

/** @throws {Error} for a person: rather than lose what the database holds */
export async function openNodeSessions(
  deps: Omit<SessionsDeps, 'shared'>,
  nodes: SessionNodes,
): Promise<{ registry: SessionRegistry; node: NodeSessions }> {
  const { store, now } = deps
  const { nodeName, kept } = nodes
  await checkNoneShared(store)
  const begun = await store.transact((db) => beginNode(db, nodeName, now()))
  const writes: SharedWrites = {
    write: (db, changes, write) =>
      writeShared(db, changes, { nodeName, write, onLost: (lost) => registry.loseAll(lost) }),
    async tell({ done, logged, filters }) {
      await done
      if (logged.length > 0) {
        nodes.tellLogged()
        node.look()
      }
      if (filters.size > 0) await nodes.announce(...filters.values())
    },
  }
  const registry: SessionRegistry = new SessionRegistry({
    ...deps,
    shared: {
      writes,
      kept,
      firstSessionId: begun.firstSessionId,
      owns: async (db, { accountId, sessionId, epoch }) =>
        (await listOwned(db, { nodeName, accountId, sessionIds: [sessionId] })).get(sessionId) === epoch,
    },
  })
  const ownPayloads = new OwnPayloads()
  const node: NodeSessions = new NodeSessions({ ...deps, registry, nodes, ownPayloads }, begun.position)
  await node.begin()
  return { registry, node }
}

async function checkNoneShared(store: Store): Promise<void> {
  const filter = await findSharedFilter(store.read)
  if (filter === undefined) return
  throw new Error(
    `the database holds MQTT sessions with shared subscriptions (${filter}), which a cluster does not offer yet: ` +
      'let their clients unsubscribe, or start one server without --nats (docs/cluster.md)',
  )
}

/**
 * For a server by itself, whose sessions are its own from now on.
 * @throws {Error} for a person, when nodes of a cluster have left messages that sessions are still to get
 */
export async function checkLogTaken(store: Store): Promise<void> {
  if (await isLogTaken(store.read)) return
  throw new Error(
    'nodes of a cluster left messages that sessions have not got yet: start one of them with --nats, ' +
      'stop it some seconds later, then start this server (docs/cluster.md)',
  )
}

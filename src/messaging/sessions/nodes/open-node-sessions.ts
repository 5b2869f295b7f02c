/** Sessions begin as those of one node of several, or come back to a server by itself. */
import type { Db, Store } from '../../../store/index.ts'
import { OwnPayloads, type QueueKey } from '../kept-message.ts'
import { SessionRegistry } from '../session-registry.ts'
import type { SessionsDeps } from '../sessions-deps.ts'
import { shareQueues, takeQueuesBack } from './group-queues.ts'
import type { GroupMessage } from './group-store.ts'
import { isLogTaken } from './log-store.ts'
import { NodeGroups } from './node-groups.ts'
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
  const begun = await store.transact(async (db) => {
    await shareQueues(db)
    return beginNode(db, nodeName, now())
  })
  const whereLost = {
    nodeName,
    onLost: (lost: readonly QueueKey[]) => registry.loseAll(lost),
    letWait: (db: Db, given: GroupMessage) => groups.letWait(db, given),
  }
  const writes: SharedWrites = {
    write: (db, changes, write) => writeShared(db, changes, { ...whereLost, write }),
    tell: (batch) => tellNodes(batch, nodes, () => node.look()),
  }
  let groups!: NodeGroups // the registry opens them
  const registry: SessionRegistry = new SessionRegistry({
    ...deps,
    shared: {
      writes,
      kept,
      told: nodes.told,
      firstSessionId: begun.firstSessionId,
      openGroups: (given) => (groups = new NodeGroups({ ...given, nodes })),
      owns: (db, queue) => owns(db, queue, nodeName),
    },
  })
  const parts = { ...deps, registry, nodes, groups, ownPayloads: new OwnPayloads() }
  const node: NodeSessions = new NodeSessions(parts, begun.position)
  await node.begin()
  return { registry, node }
}

async function tellNodes(
  { done, logged, told }: Parameters<SharedWrites['tell']>[0],
  nodes: SessionNodes,
  look: () => void,
): Promise<void> {
  await done
  if (logged.length > 0) {
    nodes.tellLogged()
    look()
  }
  if (told.size > 0) await nodes.announce(...told.values())
}

async function owns(db: Db, { accountId, sessionId, epoch }: QueueKey, nodeName: string): Promise<boolean> {
  return (await listOwned(db, { nodeName, accountId, sessionIds: [sessionId] })).get(sessionId) === epoch
}

/**
 * For a server by itself, whose sessions are its own from now on, and what waits for shared groups.
 * @throws {Error} for a person, when nodes of a cluster have left messages that sessions are still to get
 */
export async function takeBack(store: Store): Promise<void> {
  if (await isLogTaken(store.read)) return takeQueuesBack(store)
  throw new Error(
    'nodes of a cluster left messages that sessions have not got yet: start one of them with --nats, ' +
      'stop it some seconds later, then start this server (docs/cluster.md)',
  )
}

/** Brings sessions that this node has just taken into memory, with all that they have missed. */
import type { Store } from '../../../store/index.ts'
import { summarizeQueuesOf } from '../message-store.ts'
import type { SessionRegistry } from '../session-registry.ts'
import type { Session } from '../session.ts'
import { listReceiptsOf, listSubscriptionsOf } from '../store.ts'
import { LateFabric } from './late-fabric.ts'
import type { LogReader } from './log-reader.ts'
import { listLogged } from './log-store.ts'
import { saveLogSeq, type Taken } from './owner-store.ts'
import type { SessionNodes } from './session-nodes.ts'

export interface CatchUpDeps {
  store: Pick<Store, 'read'>
  registry: SessionRegistry
  nodes: SessionNodes
  reader: LogReader
}

/** Of one account, with the log up to the same message: when it resolves they hear what all others hear. */
export async function bringUpToDate(deps: CatchUpDeps, taken: readonly Taken[]): Promise<void> {
  const [first] = taken
  if (!first) return
  const late = new LateFabric(deps.nodes.createLocal())
  const sessions = await restoreTaken(deps, taken, late)
  await catchUp(deps, { sessions, late, from: first.logSeq, name: `${first.record.sessionId}` })
}

async function restoreTaken(
  { store, registry }: CatchUpDeps,
  taken: readonly Taken[],
  late: LateFabric,
): Promise<Session[]> {
  const accountId = taken[0]?.record.accountId ?? ''
  const ids = taken.map(({ record }) => record.sessionId)
  const [subscriptions, receipts, queues] = await Promise.all([
    listSubscriptionsOf(store.read, accountId, ids),
    listReceiptsOf(store.read, accountId, ids),
    summarizeQueuesOf(store.read, accountId, ids),
  ])
  const left = new Map(queues.map((queue) => [queue.sessionId, queue]))
  const sessions = new Map<number, Session>()
  for (const { record, wasConnected } of taken) {
    const session = registry.restore(record, left.get(record.sessionId), late)
    sessions.set(record.sessionId, session)
    if (wasConnected) registry.publishDueWill(session)
  }
  for (const { sessionId, options } of subscriptions) sessions.get(sessionId)?.restore(options)
  for (const { sessionId, packetId } of receipts) sessions.get(sessionId)?.restoreReceipt(packetId)
  return [...sessions.values()]
}

interface CatchingUp {
  sessions: readonly Session[]
  late: LateFabric
  /** They have the log up to there. */
  from: number
  /** Of what is written about them together. */
  name: string
}

const messagesAtOnce = 500

/** The reader goes on meanwhile; the turn in which there is nothing more between is the one in which they join. */
async function catchUp(deps: CatchUpDeps, { sessions, late, from, name }: CatchingUp): Promise<void> {
  const { store, registry, nodes, reader } = deps
  await reader.reach(from)
  let position = from
  while (position < reader.position) {
    const upTo = reader.position
    const page = await listLogged(store.read, { after: position, upTo, limit: messagesAtOnce })
    for (const { message } of page) late.hand(message)
    position = page.length < messagesAtOnce ? upTo : (page.at(-1)?.seq ?? upTo)
    saveUpTo(deps, { sessions, name }, position)
    if (page.length === messagesAtOnce) await registry.flushed().catch(() => {}) // what is read is not to pile up in memory
  }
  late.join(nodes.kept)
  saveUpTo(deps, { sessions, name }, null)
}

/** With what they were handed in this turn. */
function saveUpTo(
  { registry, nodes: { nodeName } }: CatchUpDeps,
  { sessions, name }: Pick<CatchingUp, 'sessions' | 'name'>,
  logSeq: number | null,
): void {
  const keys = sessions.flatMap(({ isLost, key }) => (key && !isLost ? [key] : []))
  const [first] = keys
  if (!first) return
  const saved = {
    accountId: first.accountId,
    sessionIds: keys.map(({ sessionId }) => sessionId),
    nodeName,
    logSeq,
  }
  registry.writes.write(`caught up ${name}`, (db) => saveLogSeq(db, saved))
}

/** What is told of sessions. */
import type { DropCounts } from './drops.ts'

export interface SessionStats {
  persistent: number
  offline: number
  /** Messages that wait in sessions that outlive their connections, and in shared groups nobody of which is connected. */
  queued: number
  /** Messages that sessions lost since the start, by account. */
  dropped: ReadonlyMap<string, Readonly<DropCounts>>
}

/** Of the session of one client, or the queue of one shared group. */
export interface SessionSummary {
  isConnected: boolean
  /** It outlives its connection and the server. */
  isPersistent: boolean
  /** QoS 1 and 2 messages that wait for the client, or for its acknowledgement. */
  queuedMessages: number
  /** Messages it lost since the server was started. */
  dropped: Readonly<DropCounts>
}

/** `undefined` when there is neither a session nor a loss. */
export function summarize(
  session: Omit<SessionSummary, 'dropped'> | undefined,
  dropped: Readonly<DropCounts>,
): SessionSummary | undefined {
  if (!session && Object.keys(dropped).length === 0) return undefined
  const { isConnected = false, isPersistent = false, queuedMessages = 0 } = session ?? {}
  return { isConnected, isPersistent, queuedMessages, dropped }
}

/** Of what several nodes know: a session is one node's at a time, its losses are told by each node where it was. */
export function addSummaries(summaries: readonly SessionSummary[]): SessionSummary | undefined {
  if (summaries.length === 0) return undefined
  const dropped = new Map<string, number>()
  for (const [reason, count] of summaries.flatMap((one) => Object.entries(one.dropped)))
    dropped.set(reason, (dropped.get(reason) ?? 0) + count)
  return {
    isConnected: summaries.some(({ isConnected }) => isConnected),
    isPersistent: summaries.some(({ isPersistent }) => isPersistent),
    queuedMessages: summaries.reduce((sum, { queuedMessages }) => sum + queuedMessages, 0),
    dropped: Object.fromEntries(dropped),
  }
}

/** Of those that are kept. */
export const countQueued = (
  sessions: IteratorObject<{ queuedMessages: number }>,
  groups: { waiting: number },
): number => sessions.reduce((sum, { queuedMessages }) => sum + queuedMessages, groups.waiting)

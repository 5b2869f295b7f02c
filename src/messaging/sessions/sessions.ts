/** The sessions of all clients, connected or not. Sources: MQTT 3.1.1 and 5.0 4.1; AWS IoT Developer Guide, "MQTT persistent sessions". */
import type { Closing, OpenedSession, OpenRequest } from './opening.ts'
import { openNodeSessions, takeBack } from './nodes/open-node-sessions.ts'
import type { SessionNodes } from './nodes/session-nodes.ts'
import { restoreSessions } from './restore.ts'
import { SessionRegistry } from './session-registry.ts'
import type { SessionsDeps } from './sessions-deps.ts'
import type { SessionStats, SessionSummary } from './session-summary.ts'
import type { Reply, Session } from './session.ts'

export interface Sessions extends AsyncDisposable {
  /**
   * Before `open`, where several nodes have one database: when it resolves, the client's session is here, whichever node
   * had it; undefined when it has none. Absent where one server has the database.
   */
  bring?: (accountId: string, clientId: string) => Promise<void> | undefined
  /** The client that had the session must have been closed before. */
  open: (request: OpenRequest) => OpenedSession
  close: (session: Session, closing: Closing) => void
  find: (accountId: string, clientId: string) => Session | undefined
  /** Of a request that is being published: the way back to the connection it came from. Ask in the same turn. */
  replyTo: (accountId: string, clientId: string) => Reply | undefined
  /** Ends a session whose client is not connected, its will being published. False when it is connected or has ended. */
  remove: (session: Session) => boolean
  /** Resolves when everything that was done until now is durable, rejects when it could not be made so. */
  flushed: () => Promise<void>
  /** Publishes wills that are due and ends sessions that have expired; it is called by itself too. */
  sweep: () => void
  stats: () => SessionStats
  /** Of a client, or of a shared group by its name; `undefined` when there is nothing to tell. */
  describe: (accountId: string, name: string) => SessionSummary | undefined
}

export type OpenSessionsDeps = Omit<SessionsDeps, 'shared'> & {
  /** Absent where one server has the database. */
  nodes?: SessionNodes | undefined
}

/**
 * Sessions that an earlier run of the server left are there when it resolves; a node of several takes its share of them
 * afterwards.
 * @throws {Error} for a person, when sessions of the database cannot be kept
 */
export async function openSessions({ nodes, ...deps }: OpenSessionsDeps): Promise<Sessions> {
  const { registry, node } = nodes ? await openNodeSessions(deps, nodes) : await openOwn(deps)
  const sweep = () => {
    registry.sweep()
    node?.sweep()
  }
  const timer = setInterval(sweep, registry.limits.sessionSweepIntervalMs)
  timer.unref()
  return {
    ...(node && { bring: (accountId, clientId) => node.bring(accountId, clientId) }),
    open: (request) => registry.open(request),
    close: (session, closing) => registry.close(session, closing),
    find: (accountId, clientId) => registry.find(accountId, clientId),
    replyTo: (accountId, clientId) => registry.find(accountId, clientId)?.reply(),
    remove: (session) => registry.remove(session),
    flushed: () => registry.flushed(),
    sweep,
    stats: () => registry.stats(),
    describe: (accountId, name) => registry.describe(accountId, name),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await node?.[Symbol.asyncDispose]()
      await registry.stop()
    },
  }
}

async function openOwn(deps: SessionsDeps): Promise<{ registry: SessionRegistry; node?: undefined }> {
  const registry = new SessionRegistry(deps)
  await takeBack(deps.store)
  await restoreSessions(deps.store, registry, deps.now())
  return { registry }
}

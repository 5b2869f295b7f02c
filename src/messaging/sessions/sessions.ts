/** The sessions of all clients, connected or not. Sources: MQTT 3.1.1 and 5.0 4.1; AWS IoT Developer Guide, "MQTT persistent sessions". */
import type { Closing, OpenedSession, OpenRequest } from './opening.ts'
import { checkNoneKept, restoreSessions } from './restore.ts'
import { SessionRegistry, type SessionsDeps } from './session-registry.ts'
import type { SessionStats, SessionSummary } from './session-summary.ts'
import type { Reply, Session } from './session.ts'

export interface Sessions extends AsyncDisposable {
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

/**
 * Sessions that an earlier run of the server left are there when it resolves.
 * @throws {Error} for a person, when there are some and none may be kept
 */
export async function openSessions(deps: SessionsDeps): Promise<Sessions> {
  const registry = new SessionRegistry(deps)
  if (deps.keepsSessions ?? true) await restoreSessions(deps.store, registry, deps.now())
  else await checkNoneKept(deps.store)
  const timer = setInterval(() => registry.sweep(), registry.limits.sessionSweepIntervalMs)
  timer.unref()
  return {
    open: (request) => registry.open(request),
    close: (session, closing) => registry.close(session, closing),
    find: (accountId, clientId) => registry.find(accountId, clientId),
    replyTo: (accountId, clientId) => registry.find(accountId, clientId)?.reply(),
    remove: (session) => registry.remove(session),
    flushed: () => registry.flushed(),
    sweep: () => registry.sweep(),
    stats: () => registry.stats(),
    describe: (accountId, name) => registry.describe(accountId, name),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await registry.stop()
    },
  }
}

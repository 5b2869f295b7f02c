/** The sessions of all clients, connected or not. Sources: MQTT 3.1.1 and 5.0 4.1; AWS IoT Developer Guide, "MQTT persistent sessions". */
import type { Fabric, Message } from '../../fabric/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Store } from '../../store/index.ts'
import type { PassingLimits } from './passing-queue.ts'
import { restoreSessions } from './restore.ts'
import type { SessionLimits } from './session-limits.ts'
import { SessionRegistry } from './session-registry.ts'
import type { Session, Will } from './session.ts'

export interface SessionsDeps {
  store: Store
  fabric: Pick<Fabric, 'subscribe'>
  /** Where wills go. */
  publish: (message: Message) => Promise<void> | undefined
  now: () => Date
  /** 0 <= x < 1; picks among the members of a shared group. */
  random: () => number
  log: Pick<Log, 'error'>
  /** A session that keeps no more messages until it has been emptied; `name` is a client id or that of a shared group. */
  onQueueFull: (full: { accountId: string; name: string; topic: string }) => void
  /** As the fabric was told. */
  doesHashMatchParent?: boolean
  limits?: Partial<SessionLimits>
}

export interface OpenRequest {
  accountId: string
  clientId: string
  version: 4 | 5
  isCleanStart: boolean
  /** What the client asked for; of 3.1.1 0 when it is clean, else anything. */
  expirySeconds: number
  will?: Will | undefined
  /** Bounds what waits for a client whose session ends with its connection. */
  passing: PassingLimits
}

export interface OpenedSession {
  session: Session
  /** The client's earlier session goes on. */
  isPresent: boolean
  /** To be waited for before the client is told. */
  durable: Promise<void> | undefined
}

/** How a connection ended. */
export interface Closing {
  /** Absent when the client took its leave without it. */
  will?: Will | undefined
  /** From the client's DISCONNECT. */
  expirySeconds?: number | undefined
}

export interface Sessions extends AsyncDisposable {
  /** The client that had the session must have been closed before. */
  open: (request: OpenRequest) => OpenedSession
  close: (session: Session, closing: Closing) => void
  find: (accountId: string, clientId: string) => Session | undefined
  /** Ends a session whose client is not connected, its will being published. False when it is connected or has ended. */
  remove: (session: Session) => boolean
  /** Resolves when everything that was done until now is durable, rejects when it could not be made so. */
  flushed: () => Promise<void>
  /** Publishes wills that are due and ends sessions that have expired; it is called by itself too. */
  sweep: () => void
  stats: () => { persistent: number; offline: number }
}

/** Sessions that an earlier run of the server left are there when it resolves. */
export async function openSessions(deps: SessionsDeps): Promise<Sessions> {
  const registry = new SessionRegistry(deps)
  await restoreSessions(deps.store, registry, deps.now())
  const timer = setInterval(() => registry.sweep(), registry.limits.sessionSweepIntervalMs)
  timer.unref()
  return {
    open: (request) => registry.open(request),
    close: (session, closing) => registry.close(session, closing),
    find: (accountId, clientId) => registry.find(accountId, clientId),
    remove: (session) => registry.remove(session),
    flushed: () => registry.flushed(),
    sweep: () => registry.sweep(),
    stats: () => registry.stats(),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await registry.stop()
    },
  }
}

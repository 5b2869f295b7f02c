/** The console's side of the server: a client of the API with no right of its own. */
import type { FastifyInstance } from 'fastify'
import type { FindCredential } from '../aws/sigv4/verify.ts'
import type { WireRequest } from '../aws/wire.ts'
import type { HttpDoor, OwnRoute, SessionCaller } from '../http/index.ts'
import type { Store } from '../../store/index.ts'
import { addConsoleRoutes } from './console-routes.ts'
import type { FeedSource } from './feed.ts'
import { Guessing } from '../../lib/guessing.ts'
import type { Scheme } from './origin.ts'
import { consoleOwnRoutes } from './own-routes.ts'
import type { MayEver } from './permissions.ts'
import { ConsoleSessions, type SessionsDeps, type ConsoleSession } from './sessions.ts'
import type { SignInAttempt, SignInDeps } from './sign-in.ts'
import type { VisitOrigin } from './visit-origin.ts'
import { createVisitors } from './visitors.ts'

export interface ConsoleDeps {
  store: Store
  findCredential: FindCredential
  findPerson: SessionsDeps['findPerson']
  signInPerson: SignInDeps['signInPerson']
  findScopeFault: (scope: { region: string; service: string }) => string | undefined
  recordSignIn: (attempt: SignInAttempt) => void
  feed: FeedSource
  /** Where others write to the journal too, who are not heard: it is looked at so often. */
  lookEveryMs?: number | undefined
  /** @throws {AwsError} `AccessDeniedException` unless the caller may read the journal */
  authorizeFeed: (origin: VisitOrigin) => Promise<void>
  mayEver: MayEver
  /**
   * Whether the caller may open a WebSocket with what its query asks for: a page cannot read why one is refused.
   * @throws {AwsError}
   */
  checkSocket: (request: WireRequest, origin: VisitOrigin) => Promise<unknown>
  /** Where the built pages are. */
  directory: string
  scheme: Scheme
  /** Whether the port is for this machine alone. */
  isLoopback: boolean
  region: string
  now: () => Date
}

export interface Console {
  /** For the listener of the API port. */
  plugin: (app: FastifyInstance, door: HttpDoor) => void
  routesOf: (accountId: string) => OwnRoute[]
  /** @throws {AwsError} for a cookie that may not be used so */
  findSessionCaller: (request: WireRequest) => Promise<SessionCaller | undefined>
  /**
   * Who asks for a WebSocket.
   * @throws {AwsError} for a request that another page may have made, or without a live session
   */
  getSocketVisit: (request: WireRequest) => Promise<SocketVisit>
}

interface SocketVisit {
  session: ConsoleSession
  isAlive: () => Promise<boolean>
}

export function openConsole(deps: ConsoleDeps): Console {
  const sessions = new ConsoleSessions(deps)
  const visitors = createVisitors(sessions, deps)
  const guessing = new Guessing(deps.now)
  return {
    plugin: (app, door) => addConsoleRoutes(app, door, { ...deps, sessions, visitors, guessing }),
    routesOf: (accountId) => consoleOwnRoutes(sessions, { accountId, region: deps.region }),
    findSessionCaller: (request) => visitors.findCaller(request),
    async getSocketVisit(request) {
      const visit = await visitors.getSocketVisit(request)
      return { session: visit.session, isAlive: () => visitors.isAlive(visit) }
    },
  }
}

/** The console's side of the server: a client of the API with no right of its own. */
import type { FastifyInstance } from 'fastify'
import type { Caller } from '../aws/caller.ts'
import type { FindCredential } from '../aws/sigv4/verify.ts'
import type { WireRequest } from '../aws/wire.ts'
import type { HttpDoor, OwnRoute } from '../http/index.ts'
import type { Store } from '../../store/index.ts'
import { addConsoleRoutes } from './console-routes.ts'
import type { FeedSource } from './feed.ts'
import { Guessing } from './guessing.ts'
import { consoleOwnRoutes } from './own-routes.ts'
import type { MayEver } from './permissions.ts'
import { ConsoleSessions } from './sessions.ts'
import type { SignInAttempt } from './sign-in.ts'
import { createVisitors } from './visitors.ts'

export interface ConsoleDeps {
  store: Store
  findCredential: FindCredential
  findScopeFault: (scope: { region: string; service: string }) => string | undefined
  recordSignIn: (attempt: SignInAttempt) => void
  feed: FeedSource
  /** @throws {AwsError} `AccessDeniedException` unless the caller may read the journal */
  authorizeFeed: (caller: Caller) => Promise<void>
  mayEver: MayEver
  /** Where the built pages are. */
  directory: string
  /** Whether the port is for this machine alone. */
  isLoopback: boolean
  accountId: string
  region: string
  now: () => Date
}

export interface Console {
  /** For the listener of the API port. */
  plugin: (app: FastifyInstance, door: HttpDoor) => void
  routes: OwnRoute[]
  /** @throws {AwsError} for a cookie that may not be used so */
  findSessionCaller: (request: WireRequest) => Promise<Caller | undefined>
}

export function openConsole(deps: ConsoleDeps): Console {
  const sessions = new ConsoleSessions(deps)
  const visitors = createVisitors(sessions, deps)
  const guessing = new Guessing(deps.now)
  return {
    plugin: (app, door) => addConsoleRoutes(app, door, { ...deps, sessions, visitors, guessing }),
    routes: consoleOwnRoutes(sessions, deps),
    findSessionCaller: (request) => visitors.findCaller(request),
  }
}

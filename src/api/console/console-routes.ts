/** The console's doors on the API port: its session, its calls, its feed, its pages. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AwsError } from '../aws/errors.ts'
import { isServiceName } from '../aws/model.ts'
import type { WireRequest } from '../aws/wire.ts'
import type { HttpDoor } from '../http/index.ts'
import { Feed, type FeedSource } from './feed.ts'
import { writeCookie, type Scheme } from './origin.ts'
import { addPages } from './pages.ts'
import { listDenied, type MayEver } from './permissions.ts'
import { dataHeaders } from './security-headers.ts'
import type { ConsoleSessions } from './sessions.ts'
import { signIn, type SignInDeps } from './sign-in.ts'
import type { VisitOrigin } from './visit-origin.ts'
import { toSessionCaller, type Visit, type Visitors } from './visitors.ts'

export interface ConsoleRoutesDeps extends SignInDeps {
  visitors: Visitors
  sessions: ConsoleSessions
  feed: FeedSource
  lookEveryMs?: number | undefined
  /** @throws {AwsError} `AccessDeniedException` unless the caller may read the journal */
  authorizeFeed: (origin: VisitOrigin) => Promise<void>
  mayEver: MayEver
  /** @throws {AwsError} when the WebSocket that the query asks for would be refused */
  checkSocket: (request: WireRequest, origin: VisitOrigin) => Promise<unknown>
  /** Where the built pages are. */
  directory: string
  region: string
  scheme: Scheme
}

/** How often a feed looks whether it may go on. */
const watchFeedMs = 500

export function addConsoleRoutes(app: FastifyInstance, door: HttpDoor, deps: ConsoleRoutesDeps): void {
  const guarded =
    (handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        const answer = await handle(request, reply)
        return reply.sent || answer === reply ? reply : await reply.headers(dataHeaders).send(answer)
      } catch (error) {
        return door.fail(request, reply.headers(dataHeaders), error)
      }
    }
  addSession(app, { door, deps, guarded })
  addCalls(app, { door, deps, guarded })
  app.get(
    '/console/permissions',
    guarded(async (request) => {
      const wire = door.read(request)
      const { session } = await deps.visitors.getVisit(wire)
      return { denied: await listDenied(wire, originOf(door, request, session), deps.mayEver) }
    }),
  )
  app.get(
    '/console/events',
    guarded((request, reply) => openFeed({ door, deps }, request, reply)),
  )
  addSocketCheck(app, { door, deps, guarded })
  addPages(app, deps)
}

function originOf(door: HttpDoor, request: FastifyRequest, { caller }: Visit['session']): VisitOrigin {
  const { sourceIp, isSecure } = door.originOf(request)
  return { caller, sourceIp, isSecure }
}

/** AWS operations in the name of who is signed in. */
function addCalls(app: FastifyInstance, { door, deps, guarded }: SessionParts): void {
  app.post<{ Params: { service: string; operation: string } }>(
    '/console/api/:service/:operation',
    guarded(async (request) => {
      const wire = door.read(request)
      const visit = await deps.visitors.getVisit(wire)
      const { service, operation } = request.params as { service: string; operation: string }
      if (!isServiceName(service))
        throw new AwsError('UnknownOperationException', `there is no service ${service}`)
      return door.call(toSessionCaller(visit), door.originOf(request), {
        service,
        operation,
        body: wire.body,
      })
    }),
  )
}

/** Whether a WebSocket would be opened. */
function addSocketCheck(app: FastifyInstance, { door, deps, guarded }: SessionParts): void {
  app.get(
    '/console/mqtt',
    guarded(async (request) => {
      const wire = door.read(request)
      const { session } = await deps.visitors.getVisit(wire)
      await deps.checkSocket(wire, originOf(door, request, session))
      return {}
    }),
  )
}

interface SessionParts {
  door: HttpDoor
  deps: ConsoleRoutesDeps
  guarded: (
    handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ) => (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

function addSession(app: FastifyInstance, { door, deps, guarded }: SessionParts): void {
  const { visitors, sessions } = deps
  app.post(
    '/console/session',
    guarded(async (request, reply) => {
      const wire = door.read(request)
      visitors.checkDoor(wire)
      visitors.checkForgery(wire)
      const { host = '', 'user-agent': userAgent = '' } = wire.headers
      const result = await signIn(deps, { body: wire.body, host, sourceIp: request.ip, userAgent })
      if ('needs' in result) return result
      void reply.header('set-cookie', writeCookie(result.token, deps.scheme))
      return {}
    }),
  )
  app.get(
    '/console/session',
    guarded(async (request) => describeVisit(await visitors.getVisit(door.read(request)), deps)),
  )
  app.delete(
    '/console/session',
    guarded(async (request, reply) => {
      const { session } = await visitors.getVisit(door.read(request))
      await sessions.end(session.caller.accountId, session.sessionId)
      void reply.header('set-cookie', writeCookie(undefined, deps.scheme))
      return {}
    }),
  )
}

function describeVisit({ session }: Visit, { region }: ConsoleRoutesDeps) {
  const { sessionId, accessKeyId, caller, createdAt, expiresAt } = session
  return {
    sessionId,
    accessKeyId,
    arn: caller.arn,
    accountId: caller.accountId,
    region,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}

/** Ends with its session, with the right to read the journal, or when the reader goes. */
async function openFeed(
  { door, deps }: Pick<SessionParts, 'door' | 'deps'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const wire = door.read(request)
  const visit = await deps.visitors.getVisit(wire)
  const { caller } = visit.session
  const origin = originOf(door, request, visit.session)
  await deps.authorizeFeed(origin)
  const after = readLastEventId(wire.headers['last-event-id'])
  reply.hijack()
  const out = reply.raw
  out.writeHead(200, { ...dataHeaders, 'content-type': 'text/event-stream' })
  out.write(': the journal\n\n')
  const { lookEveryMs } = deps
  const feed = await Feed.open(deps.feed, { accountId: caller.accountId, out, after, lookEveryMs })
  const mayGoOn = async () =>
    (await deps.visitors.isAlive(visit)) &&
    (await deps.authorizeFeed(origin).then(
      () => true,
      () => false,
    ))
  const watch = setInterval(() => {
    void mayGoOn().then(
      (may) => void (may || out.end()),
      () => out.end(),
    )
  }, watchFeedMs)
  out.on('close', () => {
    clearInterval(watch)
    feed[Symbol.dispose]()
  })
  return reply
}

function readLastEventId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new AwsError('ValidationException', 'Last-Event-ID must be a number that this feed gave out')
}

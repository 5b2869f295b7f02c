/** Finds whose session a request belongs to, and refuses what other pages may have sent. */
import { AwsError } from '../aws/errors.ts'
import type { WireRequest } from '../aws/wire.ts'
import type { SessionCaller } from '../http/index.ts'
import { findForgery, findSocketForgery, isLoopbackHost, readCookie, type Scheme } from './origin.ts'
import type { ConsoleSession, ConsoleSessions } from './sessions.ts'

export interface Visit {
  session: ConsoleSession
  token: string
}

export interface Visitors {
  /**
   * Who may act by the cookie of the request.
   * @throws {AwsError} `AccessDeniedException` for a forgery, `UnrecognizedClientException` without a live session
   */
  getVisit: (request: WireRequest) => Promise<Visit>
  /** As `getVisit`, for a WebSocket. */
  getSocketVisit: (request: WireRequest) => Promise<Visit>
  /** As `getVisit`, for routes that take signatures too: `undefined` without a cookie. */
  findCaller: (request: WireRequest) => Promise<SessionCaller | undefined>
  /** For what lasts: whether the session still lives; being asked is no use of it. */
  isAlive: (visit: Visit) => Promise<boolean>
  /** Over plain HTTP the console is for this machine alone: what is wrong, and what to do, for a person. */
  findDoorFault: (request: Pick<WireRequest, 'headers'>) => string | undefined
  /** @throws {AwsError} `AccessDeniedException` with the fault of the door */
  checkDoor: (request: Pick<WireRequest, 'headers'>) => void
  /** @throws {AwsError} `AccessDeniedException` for what another page may have sent */
  checkForgery: (request: WireRequest) => void
}

/** As calls are written down. */
export function toSessionCaller({ session }: Visit): SessionCaller {
  const { caller, accessKeyId: sessionKeyId } = session
  return { caller, ...(sessionKeyId !== undefined && { sessionKeyId }) }
}

interface Door {
  scheme: Scheme
  /** Whether the port is for this machine alone. */
  isLoopback: boolean
}

export function createVisitors(sessions: ConsoleSessions, door: Door): Visitors {
  const { scheme } = door
  const findDoorFault = ({ headers }: Pick<WireRequest, 'headers'>) => faultOf(door, headers['host'] ?? '')
  const checkDoor = (request: Pick<WireRequest, 'headers'>) => check(findDoorFault(request))
  const checkForgery = (request: WireRequest) => check(findForgery(request, scheme))
  const getToken = (request: WireRequest): string => {
    const token = readCookie(request, scheme)
    if (token === undefined) throw notSignedIn()
    return token
  }
  const find = async (request: WireRequest, token: string): Promise<Visit> => {
    checkDoor(request)
    const session = await sessions.find(token, { isUse: true })
    if (!session) throw notSignedIn()
    return { session, token }
  }
  return {
    findDoorFault,
    checkDoor,
    checkForgery,
    async getVisit(request) {
      const token = getToken(request)
      checkForgery(request)
      return find(request, token)
    },
    async getSocketVisit(request) {
      const token = getToken(request)
      check(findSocketForgery(request, scheme))
      return find(request, token)
    },
    async findCaller(request) {
      const token = readCookie(request, scheme)
      if (token === undefined) return undefined
      checkForgery(request)
      return toSessionCaller(await find(request, token))
    },
    isAlive: async ({ token }) => (await sessions.find(token, { isUse: false })) !== undefined,
  }
}

function check(fault: string | undefined): void {
  if (fault !== undefined) throw new AwsError('AccessDeniedException', fault)
}

function faultOf({ scheme, isLoopback }: Door, host: string): string | undefined {
  if (scheme === 'https') return undefined
  if (!isLoopback)
    return 'over plain HTTP the console is for one machine alone, and Muster listens to others: start it with --api-tls muster'
  if (isLoopbackHost(host.replace(/:\d+$/, ''))) return undefined
  return 'over plain HTTP the console is for this machine alone: start Muster with --api-tls muster, or take an SSH tunnel to it'
}

const notSignedIn = () =>
  new AwsError('UnrecognizedClientException', 'nobody is signed in, or the session has ended')

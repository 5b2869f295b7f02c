/** Finds whose session a request belongs to, and refuses what other pages may have sent. */
import type { Caller } from '../aws/caller.ts'
import { AwsError } from '../aws/errors.ts'
import type { WireRequest } from '../aws/wire.ts'
import { findForgery, findSocketForgery, isLoopbackHost, readCookie } from './origin.ts'
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
  findCaller: (request: WireRequest) => Promise<Caller | undefined>
  /** For what lasts: whether the session still lives; being asked is no use of it. */
  isAlive: (visit: Visit) => Promise<boolean>
  /**
   * Over plain HTTP the console is for this machine alone.
   * @throws {AwsError} `AccessDeniedException` that says what to do
   */
  checkDoor: (request: Pick<WireRequest, 'headers'>) => void
  /** @throws {AwsError} `AccessDeniedException` for what another page may have sent */
  checkForgery: (request: WireRequest) => void
}

export function createVisitors(sessions: ConsoleSessions, { isLoopback }: { isLoopback: boolean }): Visitors {
  const checkDoor = ({ headers }: Pick<WireRequest, 'headers'>) => {
    const host = (headers['host'] ?? '').replace(/:\d+$/, '')
    if (isLoopback && isLoopbackHost(host)) return
    throw denied(
      'over plain HTTP the console is for this machine alone; from elsewhere, take an SSH tunnel to it',
    )
  }
  const check = (fault: string | undefined) => {
    if (fault !== undefined) throw denied(fault)
  }
  const checkForgery = (request: WireRequest) => check(findForgery(request))
  const find = async (request: WireRequest, token: string): Promise<Visit> => {
    checkDoor(request)
    const session = await sessions.find(token, { isUse: true })
    if (!session) throw notSignedIn()
    return { session, token }
  }
  return {
    checkDoor,
    checkForgery,
    async getVisit(request) {
      const token = getToken(request)
      checkForgery(request)
      return find(request, token)
    },
    async getSocketVisit(request) {
      const token = getToken(request)
      check(findSocketForgery(request))
      return find(request, token)
    },
    async findCaller(request) {
      const token = readCookie(request)
      if (token === undefined) return undefined
      checkForgery(request)
      return (await find(request, token)).session.caller
    },
    isAlive: async ({ token }) => (await sessions.find(token, { isUse: false })) !== undefined,
  }
}

function getToken(request: WireRequest): string {
  const token = readCookie(request)
  if (token === undefined) throw notSignedIn()
  return token
}

const denied = (message: string) => new AwsError('AccessDeniedException', message)
const notSignedIn = () =>
  new AwsError('UnrecognizedClientException', 'nobody is signed in, or the session has ended')

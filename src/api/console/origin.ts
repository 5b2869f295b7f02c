/** Whether a request was made by the console's own pages, and the cookie that goes with it. */
import type { WireRequest } from '../aws/wire.ts'

type Head = Pick<WireRequest, 'method' | 'headers'>

/** How the console is served. */
export type Scheme = 'http' | 'https'

/** Sent with each call of the console; a form or an image of another page cannot send it. */
const consoleHeader = 'x-muster-console'

/**
 * Why the request may not act for the session in its cookie, or `undefined`.
 * Source: OWASP Cheat Sheet Series, "Cross-Site Request Forgery Prevention": custom headers, Fetch Metadata, Origin.
 */
export function findForgery({ method, headers }: Head, scheme: Scheme): string | undefined {
  if (headers[consoleHeader] !== '1') return `the header ${consoleHeader}: 1 is missing`
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return `Sec-Fetch-Site must be same-origin, got ${site}`
  const { origin } = headers
  if (origin !== undefined && !isOwn(origin, headers, scheme))
    return `the Origin must be that of this server, got ${origin}`
  if (method === 'GET') return undefined
  if (site === undefined && origin === undefined) return 'neither Sec-Fetch-Site nor Origin is there'
  const [type] = (headers['content-type'] ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/json') return 'the Content-Type must be application/json'
  return undefined
}

/** As `findForgery`, for a WebSocket: pages cannot add a header, but browsers always say where they come from. RFC 6455 10.2 */
export function findSocketForgery({ headers }: Pick<Head, 'headers'>, scheme: Scheme): string | undefined {
  const { origin } = headers
  if (origin === undefined || !isOwn(origin, headers, scheme))
    return `the Origin must be that of this server, got ${origin ?? 'none'}`
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return `Sec-Fetch-Site must be same-origin, got ${site}`
  return undefined
}

const isOwn = (origin: string, headers: Head['headers'], scheme: Scheme): boolean =>
  origin === `${scheme}://${headers['host'] ?? ''}`

/**
 * The prefix has browsers hold it to Secure, this host, and the path `/` (RFC 6265bis 4.1.3.2). Over plain HTTP, to this
 * machine alone, it cannot be Secure.
 */
const cookies = {
  https: { name: '__Host-muster', attributes: 'Path=/; Secure; HttpOnly; SameSite=Strict' },
  http: { name: 'muster-loopback', attributes: 'Path=/; HttpOnly; SameSite=Strict' },
} as const

export function readCookie({ headers }: Pick<Head, 'headers'>, scheme: Scheme): string | undefined {
  for (const pair of (headers['cookie'] ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === cookies[scheme].name && value !== undefined && /^[\w-]{43}$/.test(value)) return value
  }
  return undefined
}

/** The `Set-Cookie` header: of a new session, or (`undefined`) to take it away. */
export function writeCookie(token: string | undefined, scheme: Scheme): string {
  const { name, attributes } = cookies[scheme]
  return `${name}=${token ?? ''}; ${attributes}${token === undefined ? '; Max-Age=0' : ''}`
}

/** [RFC 6761, 6.3] and the loopback addresses of RFC 1122 and RFC 4291. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}

/** HTTP requests and responses as the protocols see them, free of any server library. */

/** Decoded parameters; a name may come more than once. */
export type QueryParameters = ReadonlyMap<string, readonly string[]>

export interface WireRequest {
  method: string
  /** As the client sent it: still percent-encoded, without the query. */
  path: string
  query: QueryParameters
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  body: Uint8Array
}

export interface WireResponse {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

/** The head of a request, as Node's HTTP server reads it. */
export interface RequestHead {
  method?: string | undefined
  url?: string | undefined
  headers: Readonly<Record<string, string | string[] | undefined>>
}

export function toWireRequest(
  { method = '', url = '/', headers }: RequestHead,
  body: Uint8Array,
): WireRequest {
  const flat: Record<string, string | undefined> = Object.create(null) as Record<string, undefined>
  for (const [name, value] of Object.entries(headers)) {
    flat[name] = decodeHeader(Array.isArray(value) ? value.join(',') : (value ?? ''))
  }
  // [RFC 9112, 3.2.2] A proxy may send the absolute form.
  const target = url.replace(/^https?:\/\/[^/?]*/i, '')
  return { method, ...parseTarget(target), headers: flat, body }
}

/** Node gives the bytes of a header as Latin-1; clients sign its UTF-8 text. */
function decodeHeader(value: string): string {
  return /[\u0080-\u00FF]/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value
}

/** What a protocol cannot read as the shape that the model asks for. The text is for the caller. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError'
}

/**
 * Splits the request target into path and decoded query. A `+` stays a plus, as SigV4 signs it; what is not
 * percent-encoded UTF-8 stays as it is.
 */
export function parseTarget(target: string): { path: string; query: QueryParameters } {
  const mark = target.indexOf('?')
  if (mark === -1) return { path: target, query: new Map() }
  const query = new Map<string, string[]>()
  for (const pair of target.slice(mark + 1).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeQuery(equals === -1 ? pair : pair.slice(0, equals))
    const value = equals === -1 ? '' : decodeQuery(pair.slice(equals + 1))
    const values = query.get(name)
    if (values) values.push(value)
    else query.set(name, [value])
  }
  return { path: target.slice(0, mark), query }
}

function decodeQuery(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text
  } catch {
    return text // such a text is no value that a model accepts, and its signature is checked as it came
  }
}

/** @throws {MalformedRequestError} naming `place` */
export function decodePercent(text: string, place: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw new MalformedRequestError(`${place} is not percent-encoded UTF-8`)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** @throws {MalformedRequestError} when the body is no UTF-8 */
export function decodeText(body: Uint8Array): string {
  try {
    return utf8.decode(body)
  } catch {
    throw new MalformedRequestError('the body is not UTF-8 text')
  }
}

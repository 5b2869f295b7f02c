/** Gets a list from where a tag says: a file in the operator's directory, or a URL. */
import { open } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { isNeverAsked } from './address-kind.ts'
import type { Outbound } from './outbound.ts'

export type NamedSource =
  | { kind: 'url'; url: URL }
  /** Of a file in a directory that the operator keeps for them; never a path. */
  | { kind: 'file'; name: string }

/** Why nothing was read: a predicate, e.g. `cannot be read: HTTP status 404`. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
}

const fileName = /^[A-Za-z0-9_][A-Za-z0-9_.@+=-]*$/

/** `undefined` for what is neither a URL that may be asked, without credentials, nor the bare name of a file. */
export function toNamedSource(
  value: string,
  protocols: readonly string[] = ['http:', 'https:'],
): NamedSource | undefined {
  if (fileName.test(value)) return { kind: 'file', name: value }
  const url = URL.parse(value)
  return url && protocols.includes(url.protocol) && isFetchable(url) ? { kind: 'url', url } : undefined
}

/**
 * Whether this server may ask there: tags are set over the API, by people who cannot reach all that the server can.
 * Addresses that are never asked are refused; what the operator has to list is seen when the list is looked for.
 */
function isFetchable({ protocol, hostname, username, password }: URL): boolean {
  if (protocol !== 'http:' && protocol !== 'https:') return false
  return username === '' && password === '' && hostname !== '' && !isNeverAsked(hostname)
}

const maxRedirects = 3

/** What tells that a list is still the one that was read last. */
export type Validators = Readonly<Record<string, string>>

export interface ReadSource {
  bytes: Uint8Array
  validators: Validators
}

export interface ReadOptions {
  /** Of the directory where files are looked for. */
  directory: string
  /** Of the list that is known; it is not read again while they hold. */
  validators?: Validators | undefined
  signal: AbortSignal
  outbound: Pick<Outbound, 'findFault' | 'request'>
  /** What is read at most. */
  maxBytes: number
  /** Of an answer over HTTP, to its last byte. */
  timeoutMs: number
  /** Media types, as HTTP has them. */
  accept: string
}

/**
 * `unchanged` when the validators still hold.
 * @throws {SourceError} when it cannot be read, in time and within its limit
 */
export function readSource(source: NamedSource, options: ReadOptions): Promise<ReadSource | 'unchanged'> {
  return source.kind === 'url' ? fetchSource(source.url, options) : readNamedFile(source.name, options)
}

/** For people: without the query, which may hold a secret. */
export function describeSource(source: NamedSource): string {
  return source.kind === 'url' ? `${source.url.origin}${source.url.pathname}` : source.name
}

async function readNamedFile(
  name: string,
  { directory, validators, maxBytes }: ReadOptions,
): Promise<ReadSource | 'unchanged'> {
  try {
    await using file = await open(join(directory, name), 'r')
    const { size, mtimeMs, isFile } = await describeFile(file)
    if (!isFile) throw new SourceError(`is no file: ${name}`)
    if (size > maxBytes) throw tooLarge(maxBytes)
    const now = { size: String(size), mtimeMs: String(mtimeMs) }
    if (validators?.['size'] === now.size && validators['mtimeMs'] === now.mtimeMs) return 'unchanged'
    return { bytes: await file.readFile(), validators: now }
  } catch (cause) {
    if (cause instanceof SourceError) throw cause
    throw new SourceError(`cannot be read: ${codeOf(cause)} for the file ${name}`, { cause })
  }
}

async function describeFile(file: Awaited<ReturnType<typeof open>>) {
  const facts = await file.stat()
  return { size: facts.size, mtimeMs: facts.mtimeMs, isFile: facts.isFile() }
}

async function fetchSource(url: URL, options: ReadOptions): Promise<ReadSource | 'unchanged'> {
  const signal = AbortSignal.any([AbortSignal.timeout(options.timeoutMs), options.signal])
  try {
    const { outbound } = options
    const response = await follow(url, { headers: toHeaders(options), signal, outbound })
    const { statusCode: status, headers } = response
    if (status === 200)
      return { bytes: await readBody(response, options.maxBytes), validators: toValidators(headers) }
    response.destroy()
    if (status === 304 && options.validators) return 'unchanged'
    throw new SourceError(`cannot be read: HTTP status ${status}`)
  } catch (cause) {
    if (cause instanceof SourceError) throw cause
    // one text for every cause: others would tell whoever sets the tag which ports are open where
    throw new SourceError(`cannot be read: no answer from ${url.origin}`, { cause })
  }
}

const redirecting = new Set([301, 302, 303, 307, 308])

interface GetOptions {
  headers: Record<string, string>
  signal: AbortSignal
  outbound: ReadOptions['outbound']
}

async function follow(start: URL, options: GetOptions): Promise<IncomingMessage> {
  let url = start
  for (let redirects = 0; ; redirects++) {
    const fault = options.outbound.findFault(url)
    if (fault !== undefined) throw new SourceError(`cannot be read: ${fault}`)
    const response = await get(url, options)
    const { location } = response.headers
    if (!redirecting.has(response.statusCode ?? 0) || location === undefined) return response
    response.destroy()
    const target = URL.parse(location, url)
    if (!target || !isFetchable(target))
      throw new SourceError('cannot be read: redirected to what is no http(s) URL')
    if (redirects === maxRedirects)
      throw new SourceError(`cannot be read: more than ${maxRedirects} redirects`)
    url = target
  }
}

/** Whoever has the answer reads its body or destroys it. */
function get(url: URL, { headers, signal, outbound }: GetOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outbound.request(url, { headers, signal }).on('response', resolve).on('error', reject).end()
  })
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy()
    throw tooLarge(maxBytes)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge(maxBytes) // leaving the loop ends the download
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

function toHeaders({
  validators = {},
  accept,
}: Pick<ReadOptions, 'validators' | 'accept'>): Record<string, string> {
  const { etag, lastModified } = validators as { etag?: string; lastModified?: string }
  return {
    accept,
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(etag === undefined && lastModified !== undefined && { 'if-modified-since': lastModified }),
  }
}

function toValidators({ etag, 'last-modified': lastModified }: IncomingHttpHeaders): Validators {
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) }
}

const tooLarge = (maxBytes: number) => new SourceError(`has more than ${maxBytes} bytes`)

/** E.g. `ENOENT`. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'

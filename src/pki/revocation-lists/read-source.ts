/** Gets a revocation list from where its CA's tag says. */
import { open } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import { isFetchable, type RevocationSource } from '../../registry/tags/index.ts'
import { CrlError } from './crl.ts'

/** Of the list, as it is read: room for some 1.8 million entries. */
export const maxListBytes = 64 * 1024 * 1024
const timeoutMs = 120_000
const maxRedirects = 3

/** What tells that a list is still the one that was read last. */
export type Validators = Readonly<Record<string, string>>

export interface ReadList {
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
}

/**
 * `unchanged` when the validators still hold.
 * @throws {CrlError} when it cannot be read, in time and within its limit
 */
export function readSource(source: RevocationSource, options: ReadOptions): Promise<ReadList | 'unchanged'> {
  return source.kind === 'url' ? fetchList(source.url, options) : readListFile(source.name, options)
}

/** For people: without the query, which may hold a secret. */
export function describeSource(source: RevocationSource): string {
  return source.kind === 'url' ? `${source.url.origin}${source.url.pathname}` : source.name
}

async function readListFile(
  name: string,
  { directory, validators }: ReadOptions,
): Promise<ReadList | 'unchanged'> {
  try {
    await using file = await open(join(directory, name), 'r')
    const { size, mtimeMs, isFile } = await describeFile(file)
    if (!isFile) throw new CrlError(`is no file: ${name}`)
    if (size > maxListBytes) throw tooLarge()
    const now = { size: String(size), mtimeMs: String(mtimeMs) }
    if (validators?.['size'] === now.size && validators['mtimeMs'] === now.mtimeMs) return 'unchanged'
    return { bytes: await file.readFile(), validators: now }
  } catch (cause) {
    if (cause instanceof CrlError) throw cause
    throw new CrlError(`cannot be read: ${codeOf(cause)} for the file ${name}`, { cause })
  }
}

async function describeFile(file: Awaited<ReturnType<typeof open>>) {
  const facts = await file.stat()
  return { size: facts.size, mtimeMs: facts.mtimeMs, isFile: facts.isFile() }
}

async function fetchList(url: URL, options: ReadOptions): Promise<ReadList | 'unchanged'> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), options.signal])
  try {
    const { outbound } = options
    const response = await follow(url, { headers: toHeaders(options.validators), signal, outbound })
    const { statusCode: status, headers } = response
    if (status === 200) return { bytes: await readBody(response), validators: toValidators(headers) }
    response.destroy()
    if (status === 304 && options.validators) return 'unchanged'
    throw new CrlError(`cannot be read: HTTP status ${status}`)
  } catch (cause) {
    if (cause instanceof CrlError) throw cause
    // one text for every cause: others would tell whoever sets the tag which ports are open where
    throw new CrlError(`cannot be read: no answer from ${url.origin}`, { cause })
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
    if (fault !== undefined) throw new CrlError(`cannot be read: ${fault}`)
    const response = await get(url, options)
    const { location } = response.headers
    if (!redirecting.has(response.statusCode ?? 0) || location === undefined) return response
    response.destroy()
    const target = URL.parse(location, url)
    if (!target || !isFetchable(target))
      throw new CrlError('cannot be read: redirected to what is no http(s) URL')
    if (redirects === maxRedirects) throw new CrlError(`cannot be read: more than ${maxRedirects} redirects`)
    url = target
  }
}

/** Whoever has the answer reads its body or destroys it. */
function get(url: URL, { headers, signal, outbound }: GetOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outbound.request(url, { headers, signal }).on('response', resolve).on('error', reject).end()
  })
}

async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  if (Number(response.headers['content-length'] ?? 0) > maxListBytes) {
    response.destroy()
    throw tooLarge()
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxListBytes) throw tooLarge() // leaving the loop ends the download
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

function toHeaders(validators: Validators = {}): Record<string, string> {
  const { etag, lastModified } = validators as { etag?: string; lastModified?: string }
  return {
    accept: 'application/pkix-crl, application/x-pem-file;q=0.9, */*;q=0.5',
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(etag === undefined && lastModified !== undefined && { 'if-modified-since': lastModified }),
  }
}

function toValidators({ etag, 'last-modified': lastModified }: IncomingHttpHeaders): Validators {
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) }
}

const tooLarge = () => new CrlError(`has more than ${maxListBytes} bytes`)

/** E.g. `ENOENT`. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'

/**
 * Objects of one bucket at an S3-compatible service that the operator named. Source: Amazon S3 API Reference, "PutObject",
 * "GetObject", "ListObjectsV2", "DeleteObject".
 */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Outbound } from './outbound.ts'
import { readAnswer } from './read-answer.ts'
import { encodePart, signRequest, type Credentials } from './sign-request.ts'
import { parseObjectList, type ListedObject } from './object-list.ts'

export interface BucketOptions {
  /** Of the service; the bucket is the first step of the path below it. */
  url: string
  bucket: string
  region: string
  /** The operator's own at that service. */
  credentials: Credentials
  outbound: Pick<Outbound, 'request'>
  now: () => Date
}

/** The text is for whoever named the service. */
export class BucketError extends Error {
  override readonly name = 'BucketError'
  /** Of HTTP; absent when nothing was answered. */
  readonly status: number | undefined

  constructor(message: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause })
    this.status = status
  }
}

/** Source: RFC 9110, "Preconditions". */
export interface PutCondition {
  /** There is no object of that key. */
  ifNoneMatch?: '*'
  /** It has that tag. */
  ifMatch?: string
}

interface Call {
  method: 'GET' | 'PUT' | 'DELETE'
  /** Absent: the bucket itself. */
  key?: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array
}

/** Until an answer begins, and between two parts of it. */
const silenceMs = 30_000
const maxListBytes = 4 * 1024 * 1024

export class Bucket {
  readonly #options: BucketOptions

  constructor(options: BucketOptions) {
    this.#options = options
  }

  /** For messages. */
  get origin(): string {
    return new URL(this.#options.url).origin
  }

  /**
   * Resolves with the tag of the content, if the service gave one.
   * @throws {BucketError} with status 412 where the condition does not hold, if the service knows conditions
   */
  async put(
    key: string,
    body: Uint8Array,
    { ifNoneMatch, ifMatch }: PutCondition = {},
  ): Promise<string | undefined> {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(body.length),
      ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    }
    return (await this.#finished({ method: 'PUT', key, headers, body })).headers.etag
  }

  /** At most so many bytes from its beginning, or all of it. @throws {BucketError} with status 404 where there is none */
  async get(key: string, bytes?: number): Promise<Readable> {
    const headers = bytes === undefined ? {} : { range: `bytes=0-${bytes - 1}` }
    return this.#ask({ method: 'GET', key, headers })
  }

  /** All of it, with its tag. @throws {BucketError} with status 404 where there is none */
  async getWhole(key: string, maxBytes: number): Promise<{ bytes: Buffer; etag: string | undefined }> {
    const response = await this.#ask({ method: 'GET', key })
    return { bytes: await readAnswer(response, maxBytes), etag: response.headers.etag }
  }

  /** Those whose keys begin so, in the order of their keys. */
  async list(prefix: string): Promise<ListedObject[]> {
    const found: ListedObject[] = []
    let token: string | undefined
    do {
      const query = { 'list-type': '2', prefix, ...(token !== undefined && { 'continuation-token': token }) }
      const text = await readAnswer(await this.#ask({ method: 'GET', query }), maxListBytes)
      const page = parseObjectList(text.toString())
      found.push(...page.objects)
      token = page.next
    } while (token !== undefined)
    return found
  }

  /** Also when there is none. */
  async remove(key: string): Promise<void> {
    await this.#finished({ method: 'DELETE', key })
  }

  async #finished(call: Call): Promise<IncomingMessage> {
    const response = await this.#ask(call)
    response.resume()
    await new Promise<void>((resolve, reject) => {
      response.on('end', resolve).on('error', reject)
    })
    return response
  }

  /** Resolves with an answer that is a success. @throws {BucketError} */
  async #ask(call: Call): Promise<IncomingMessage> {
    const response = await this.#send(call)
    const { statusCode: status = 0 } = response
    if (status >= 200 && status < 300) return response
    response.destroy()
    const { bucket } = this.#options
    const name = call.key === undefined ? bucket : `${bucket}/${call.key}`
    throw new BucketError(`${this.origin} answered ${status} to ${call.method} of ${name}`, { status })
  }

  async #send({ method, key = '', query, headers = {}, body }: Call): Promise<IncomingMessage> {
    const { url: text, bucket, region, credentials, outbound, now } = this.#options
    const url = new URL(text)
    const steps = key === '' ? [bucket] : [bucket, ...key.split('/')]
    const request = {
      url,
      method,
      path: `/${steps.map(encodePart).join('/')}`,
      headers,
      ...(query && { query }),
      ...(body && { body }),
    }
    const signed = await signRequest(request, { service: 's3', region, credentials, at: now() })
    return new Promise((resolve, reject) => {
      const outgoing = outbound.request(url, { method, ...signed })
      const fail = (cause: unknown) => reject(new BucketError(`${url.origin} does not answer`, { cause }))
      outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`silent for ${silenceMs} ms`)))
      outgoing.on('error', fail).on('response', resolve).end(body)
    })
  }
}

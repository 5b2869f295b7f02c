/** Objects of an S3-compatible service that the operator named. Source: Amazon S3 API Reference, "GetObject". */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import { signRequest, type Credentials } from '../../lib/outbound/sign-request.ts'
import type { ObjectName } from './bucket-directory.ts'
import { TaskFailure } from './task.ts'

export interface S3Endpoint {
  url: string
  /** The operator's own at that service: the task's role is held against Muster's policies before. */
  credentials: Credentials
  region: string
  outbound: Pick<Outbound, 'request'>
  now: () => Date
}

/** Until the answer begins, and between two parts of it. */
const silenceMs = 30_000

/** @throws {TaskFailure} when there is no such object, or the service gives it to nobody */
export async function getObject(endpoint: S3Endpoint, name: ObjectName): Promise<Readable> {
  const response = await ask(endpoint, name)
  const { statusCode: status = 0 } = response
  if (status === 200) return response
  response.destroy()
  const { bucket, key } = name
  if (status === 404) throw new TaskFailure(`${bucket}/${key} does not exist`)
  throw new TaskFailure(`${new URL(endpoint.url).origin} answered ${status} for ${bucket}/${key}`)
}

async function ask(
  { url: text, credentials, region, outbound, now }: S3Endpoint,
  { bucket, key }: ObjectName,
): Promise<IncomingMessage> {
  const url = new URL(text)
  const path = `/${[bucket, ...key.split('/')].map(encodePart).join('/')}`
  const request = { url, method: 'GET', path }
  const signed = await signRequest(request, { service: 's3', region, credentials, at: now() })
  return new Promise((resolve, reject) => {
    const outgoing = outbound.request(url, { method: 'GET', ...signed })
    const fail = (cause: unknown) => reject(new TaskFailure(`${url.origin} does not answer`, { cause }))
    outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`silent for ${silenceMs} ms`)))
    outgoing.on('error', fail).on('response', resolve).end()
  })
}

/** As RFC 3986 has it: what is signed is what is sent. */
const encodePart = (part: string): string =>
  encodeURIComponent(part).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.codePointAt(0)?.toString(16).toUpperCase() ?? ''}`,
  )

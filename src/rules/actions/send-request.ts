/** Requests to other servers, one try each: bounded in time and size, redirects are not followed. */
import type { IncomingMessage } from 'node:http'
import type { Log } from '../../lib/log.ts'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import { ActionFailure } from './action-failure.ts'

export interface OutgoingRequest {
  method: 'POST' | 'PUT'
  /** Scheme, host, and port are taken of it; path and query too, unless `path` is given. */
  url: URL
  /** Sent as it stands: a URL would resolve dots in it. */
  path?: string
  headers: Record<string, string>
  body: Uint8Array
}

/** A whole request; AWS IoT waits as long for an HTTP endpoint. */
const timeoutMs = 3000
const maxResponseBytes = 16_384
const maxLoggedLength = 256

export interface Answer {
  status: number
  /** The beginning of what it says, for whoever made the rule. */
  words: string
}

/**
 * Resolves with any status.
 * @throws {ActionFailure} when nothing answers, in time, or the answer is too long; why is written to the log alone
 */
export type SendRequest = (request: OutgoingRequest) => Promise<Answer>

interface SenderDeps {
  outbound: Pick<Outbound, 'request'>
  log: Pick<Log, 'info'>
  /** False: answers have no words but in the log. Who makes a rule may not read by it what the server can reach. */
  passesWordsOn: boolean
}

export function createRequestSender({ outbound, log, passesWordsOn }: SenderDeps): SendRequest {
  return (sent) =>
    new Promise((resolve, reject) => {
      const { method, headers, url, path, body } = sent
      const outgoing = outbound.request(url, {
        method,
        headers: { ...headers, 'content-length': body.length },
        ...(path !== undefined && { path }),
      })
      const fail = (cause: unknown) => {
        log.info({ err: cause, origin: url.origin }, 'a request to another server failed')
        reject(toFailure(url, cause))
      }
      let timer: NodeJS.Timeout | undefined
      outgoing.on('socket', () => {
        timer ??= setTimeout(() => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
      })
      outgoing.on('close', () => clearTimeout(timer))
      outgoing.on('error', fail)
      outgoing.on('response', (response) => {
        const status = response.statusCode ?? 0
        readText(response).then((text) => {
          const answer = text.trim().slice(0, maxLoggedLength)
          if (!isSuccess(status))
            log.info({ origin: url.origin, status, answer }, 'another server refused a request')
          resolve({ status, words: passesWordsOn ? answer : '' })
        }, fail)
      })
      outgoing.end(body)
    })
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxResponseBytes)
      throw new ActionFailure(`the answer is longer than ${maxResponseBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function toFailure(url: URL, cause: unknown): ActionFailure {
  if (cause instanceof ActionFailure) return cause
  return new ActionFailure(`${url.origin} does not answer`, { isRetryable: true, cause })
}

const isSuccess = (status: number) => status >= 200 && status < 300

/** @throws {ActionFailure} for a status other than 2xx; 429 and 5xx are worth another try */
export function checkStatus(url: URL, { status, words }: Answer): void {
  if (isSuccess(status)) return
  const isRetryable = status === 429 || status >= 500
  const said = words === '' ? '' : `: ${words}`
  throw new ActionFailure(`${url.origin} answered ${status}${said}`, { isRetryable })
}

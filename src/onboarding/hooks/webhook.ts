/**
 * Pre-provisioning hooks for those who have no functions: an https URL, which is asked what AWS's hooks are asked, by a request
 * that is signed. docs/hooks.md tells receivers how to verify it.
 */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Log } from '../../lib/log.ts'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import { readFunctionAnswer } from '../../lib/function-answer.ts'
import { HookRefusal, readHookAnswer, type HookEvent } from './hook-answer.ts'

export interface WebhookDeps {
  outbound: Pick<Outbound, 'findFault' | 'request'>
  /** Without one no webhook is asked. */
  secret: string | undefined
  now: () => Date
  log: Pick<Log, 'info'>
  /** Of one try; there are two. */
  timeoutMs?: number
}

/**
 * Resolves with the parameters that the hook sets, if it allows the device.
 * @throws {HookRefusal} when it does not, fails twice, or says nothing in time
 */
export type AskWebhook = (url: string, event: HookEvent) => Promise<ReadonlyMap<string, string>>

const defaultTimeoutMs = 5000
const maxAnswerBytes = 64 * 1024

export function createAskWebhook(deps: WebhookDeps): AskWebhook {
  const { outbound, secret, now, timeoutMs = defaultTimeoutMs } = deps
  return async (text, event) => {
    const url = new URL(text)
    const hook = `${url.origin}${url.pathname}` // a query may hold a secret, which belongs in no journal
    const fail = (error: string) => new HookRefusal('hook-failed', { hook, error })
    if (secret === undefined) throw fail('the server has no secret to sign with: --hook-secret-file')
    const fault = outbound.findFault(url)
    if (fault !== undefined) throw fail(fault)
    const body = Buffer.from(JSON.stringify(event))
    const attempt = () => post(deps, { url, body, headers: sign(secret, body, now()), timeoutMs })
    const first = await attempt()
    const { status, payload } = isWorthRetry(first) ? await attempt() : first
    if (status === undefined)
      throw fail(`there was no answer within ${timeoutMs / 1000} seconds, at two tries`)
    if (status < 200 || status > 299) throw fail(`it answered ${status}`)
    if (!payload) throw fail(`its answer is longer than ${maxAnswerBytes} bytes`)
    return readHookAnswer(hook, readFunctionAnswer(payload))
  }
}

/**
 * `X-Muster-Signature` is `v1=` and the HMAC-SHA-256, in hex, of the timestamp, a dot, and the body. The timestamp, in epoch
 * seconds, lets receivers refuse what was recorded earlier.
 */
function sign(secret: string, body: Uint8Array, now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
  return { 'x-muster-timestamp': timestamp, 'x-muster-signature': `v1=${signature}` }
}

interface Posted {
  /** Absent when there was no answer. */
  status?: number
  /** Absent when there is too much of it. */
  payload?: Uint8Array
}

const isWorthRetry = ({ status }: Posted) => status === undefined || status === 429 || status >= 500

interface Post {
  url: URL
  body: Uint8Array
  headers: Record<string, string>
  timeoutMs: number
}

/** What went wrong on the way stands in the server's log alone: it would tell what answers where. */
async function post(
  { outbound, log }: Pick<WebhookDeps, 'outbound' | 'log'>,
  { url, body, headers, timeoutMs }: Post,
): Promise<Posted> {
  const all = { 'content-type': 'application/json', 'content-length': String(body.length), ...headers }
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const request = outbound.request(url, { method: 'POST', headers: all, signal })
    const answered = once(request, 'response', { signal }) as Promise<[IncomingMessage]>
    request.on('error', () => {}) // `answered` tells; what comes after the answer is told by its body
    request.end(body)
    const [response] = await answered
    const payload = await readBody(response)
    return { status: response.statusCode ?? 0, ...(payload && { payload }) }
  } catch (cause) {
    log.info({ err: cause, origin: url.origin }, 'a webhook did not answer')
    return {}
  }
}

/** Undefined when there is too much of it. */
async function readBody(response: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxAnswerBytes) return undefined // leaving the loop ends the download
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

/** Requests to other servers, one try each: bounded in time and size, redirects are not followed. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
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

export interface Response {
  status: number
  /** Its beginning, as text. */
  text: string
}

/** A whole request; AWS IoT waits as long for an HTTP endpoint. */
const timeoutMs = 3000
const maxResponseBytes = 16_384
const maxSocketsAHost = 50

const options = { keepAlive: true, maxSockets: maxSocketsAHost, timeout: 30_000 }
const createAgents = () => ({ 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) })

/** A client with connections of its own; disposing closes them. */
export interface RequestSender extends Disposable {
  /**
   * Resolves with any status.
   * @throws {ActionFailure} when nothing answers, in time, or the answer is too long
   */
  send: (request: OutgoingRequest) => Promise<Response>
}

export function createRequestSender(): RequestSender {
  const agents = createAgents()
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const isTls = request.url.protocol === 'https:'
        const start = isTls ? httpsRequest : httpRequest
        const { method, headers, url } = request
        const agent = isTls ? agents['https:'] : agents['http:']
        const outgoing = start(url, {
          method,
          headers: { ...headers, 'content-length': request.body.length },
          agent,
          ...(request.path !== undefined && { path: request.path }),
        })
        let timer: NodeJS.Timeout | undefined
        outgoing.on('socket', () => {
          timer ??= setTimeout(() => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
        })
        outgoing.on('close', () => clearTimeout(timer))
        outgoing.on('error', (cause) => reject(toFailure(url, cause)))
        outgoing.on('response', (response) => {
          readText(response).then(
            (text) => resolve({ status: response.statusCode ?? 0, text }),
            (cause: unknown) => reject(toFailure(url, cause)),
          )
        })
        outgoing.end(request.body)
      }),
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
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
  const problem = cause instanceof Error ? cause.message : String(cause)
  return new ActionFailure(`${url.origin} does not answer: ${problem}`, { isRetryable: true, cause })
}

/** @throws {ActionFailure} for a status other than 2xx; 429 and 5xx are worth another try */
export function checkStatus(url: URL, { status, text }: Response): void {
  if (status >= 200 && status < 300) return
  const isRetryable = status === 429 || status >= 500
  const words = text.trim().slice(0, 256)
  throw new ActionFailure(`${url.origin} answered ${status}${words === '' ? '' : `: ${words}`}`, {
    isRetryable,
  })
}

/**
 * The Lambda Runtime API, as one execution environment sees it: it asks for the next event, and posts what came of it.
 * Source: Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes" (2018-06-01).
 */
import { randomBytes, randomInt } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One event on its way into the environment. */
export interface RuntimeEvent {
  requestId: string
  payload: Uint8Array
  invokedFunctionArn: string
  deadline: Date
  /** Base64 of JSON, from the caller. */
  clientContext?: string
}

/** What the environment says, in its own words. */
export type RuntimeReport =
  | { kind: 'next' }
  | { kind: 'response'; requestId: string; payload: Uint8Array }
  | { kind: 'error'; requestId: string; payload: Uint8Array }
  | { kind: 'init-error'; payload: Uint8Array }
  | { kind: 'oversize'; requestId: string; bytes: number }

export interface RuntimeApi extends AsyncDisposable {
  /** `AWS_LAMBDA_RUNTIME_API`: host and port, and the secret path before the API's own when there is one. */
  address: string
  /** Hands an event to the environment, which has asked for one. */
  deliver: (event: RuntimeEvent) => void
}

interface RuntimeApiOptions {
  /**
   * Clients of custom runtimes may drop a path from the address. Without one, what keeps strangers out is that host
   * and port are random.
   */
  hasSecretPath: boolean
  report: (report: RuntimeReport) => void
}

/** Lambda quotas, "Invocation payload (request and response)". */
export const maxResponseBytes = 6 * 1024 * 1024
const version = '/2018-06-01/runtime'

/** Listens on loopback until it is disposed of. */
export async function startRuntimeApi({ hasSecretPath, report }: RuntimeApiOptions): Promise<RuntimeApi> {
  const prefix = hasSecretPath ? `/${randomBytes(24).toString('hex')}` : ''
  const waiting: ServerResponse[] = []
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 0
  server.requestTimeout = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request
    if (!url.startsWith(`${prefix}${version}/`)) return reply(response, 404)
    const path = url.slice(prefix.length + version.length)
    if (method === 'GET' && path === '/invocation/next') {
      waiting.push(response)
      return report({ kind: 'next' })
    }
    const posted = /^\/invocation\/([\w-]+)\/(response|error)$/.exec(path)
    if (method !== 'POST' || !(posted || path === '/init/error')) return reply(response, 404)
    const { payload, bytes } = await readBody(request)
    if (!posted) report({ kind: 'init-error', payload })
    else report(toReport({ requestId: posted[1] ?? '', isError: posted[2] === 'error', payload, bytes }))
    reply(response, bytes > maxResponseBytes ? 413 : 202)
  }

  // A random address of 127.0.0.0/8 where the system answers to all of them.
  const isLinux = process.platform === 'linux'
  const host = isLinux ? `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}` : '127.0.0.1'
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `${host}:${port}${prefix}`,
    deliver: (event) => writeEvent(waiting.shift(), event),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Posted {
  requestId: string
  isError: boolean
  payload: Uint8Array
  bytes: number
}

function toReport({ requestId, isError, payload, bytes }: Posted): RuntimeReport {
  if (bytes > maxResponseBytes) return { kind: 'oversize', requestId, bytes }
  return { kind: isError ? 'error' : 'response', requestId, payload }
}

/** The body as far as it may be kept, and how long it was. */
async function readBody(request: IncomingMessage): Promise<{ payload: Uint8Array; bytes: number }> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes <= maxResponseBytes) chunks.push(chunk)
  }
  return { payload: Buffer.concat(chunks), bytes }
}

function reply(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ status: status === 202 ? 'OK' : 'refused' }))
}

function writeEvent(response: ServerResponse | undefined, event: RuntimeEvent): void {
  if (!response) throw new Error('the environment has not asked for an event')
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': event.payload.byteLength,
    'lambda-runtime-aws-request-id': event.requestId,
    'lambda-runtime-deadline-ms': event.deadline.getTime(),
    'lambda-runtime-invoked-function-arn': event.invokedFunctionArn,
    'lambda-runtime-trace-id': `Root=1-${Math.floor(event.deadline.getTime() / 1000).toString(16)}-${event.requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
    ...(event.clientContext !== undefined && { 'lambda-runtime-client-context': event.clientContext }),
  })
  response.end(event.payload)
}

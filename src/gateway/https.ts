import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { randomUUID } from 'node:crypto'
import type { Log } from '../lib/log.ts'
import type { AdmissionDeps } from './authorization.ts'
import type { GatewayLimits } from './limits.ts'
import type { Peer } from './mqtt/client.ts'

export interface HttpsDeps {
  admit: AdmissionDeps['admit']
  log: Pick<Log, 'error'>
  limits: Pick<GatewayLimits, 'connectTimeoutMs'>
}

/** The HTTPS side of the device ports: requests of devices that present a certificate. */
export interface HttpsSide {
  /** The first bytes must have been put back into the stream. */
  take: (stream: Duplex, peer: Peer) => void
}

export function createHttpsSide({ admit, log, limits }: HttpsDeps): HttpsSide {
  const peers = new WeakMap<Duplex, Peer>()
  const heads = new HeadTimers(limits.connectTimeoutMs)
  const server = createServer({ keepAliveTimeout: 5000, maxHeaderSize: 16_384 }, (request, response) => {
    const { socket } = request
    heads.stop(socket)
    response.once('close', () => heads.start(socket))
    answer(request, response, { admit, peer: peers.get(socket) }).catch((cause: unknown) => {
      log.error({ err: cause }, 'a device request failed')
      socket.destroy()
    })
  })
  server.on('clientError', (_cause, socket) => socket.destroy())
  return {
    take(stream, peer) {
      peers.set(stream, peer)
      heads.start(stream)
      stream.once('close', () => heads.stop(stream))
      server.emit('connection', stream)
      stream.resume()
    },
  }
}

/** Cuts off who takes too long over the head of a request: an HTTP server watches only over sockets it accepted itself. */
class HeadTimers {
  readonly #timeoutMs: number
  readonly #timers = new WeakMap<Duplex, NodeJS.Timeout>()

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  start(stream: Duplex): void {
    if (stream.destroyed) return
    const timer = setTimeout(() => stream.destroy(), this.#timeoutMs)
    this.#timers.set(stream, timer)
  }

  stop(stream: Duplex): void {
    clearTimeout(this.#timers.get(stream))
  }
}

/** A device that is not admitted gets an empty reply, as from AWS. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { admit, peer }: Pick<HttpsDeps, 'admit'> & { peer: Peer | undefined },
): Promise<void> {
  request.resume()
  if (!peer?.der) return reply(response, 403, 'Forbidden')
  const { accountId, der, sourceIp } = peer
  const admission = await admit({ accountId, der, sourceIp, protocol: 'http' })
  if (admission.action === 'close') return void request.socket.end()
  const isPublish = request.method === 'POST' && request.url?.startsWith('/topics/')
  if (isPublish) return reply(response, 501, 'Publishing over HTTPS is not offered; use MQTT')
  reply(response, 404, 'Not Found')
}

function reply(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ message, traceId: randomUUID() })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, headers).end(body)
}

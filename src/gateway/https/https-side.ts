import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Messages } from '../../data-plane/index.ts'
import type { Change, Fabric } from '../../fabric/index.ts'
import type { Log } from '../../lib/log.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Peer } from '../mqtt/client.ts'
import { answerRequest } from './answer.ts'
import { DeviceConnection, type DeviceConnectionDeps } from './device-connection.ts'

export interface HttpsDeps extends DeviceConnectionDeps {
  messages: Messages
  fabric: Pick<Fabric, 'onChange'>
  log: Pick<Log, 'error'>
  limits: GatewayLimits
}

/** How long a client that was refused may take to close. */
const lingerMs = 2000

/** The HTTPS side of the device ports: requests of devices that present a certificate. */
export class HttpsSide implements Disposable {
  readonly #deps: HttpsDeps
  readonly #server: Server
  readonly #changes: Disposable
  readonly #connections = new Map<Duplex, DeviceConnection>()
  readonly #byCertificate = new Map<string, Set<DeviceConnection>>()
  readonly #timers = new WeakMap<Duplex, NodeJS.Timeout>()
  #isStopping = false

  constructor(deps: HttpsDeps) {
    this.#deps = deps
    this.#server = createServer({ keepAliveTimeout: 5000, maxHeaderSize: 16_384 })
    this.#server.on('request', (request, response) => this.#receive(request, response))
    this.#server.on('checkContinue', (request, response) => this.#receive(request, response))
    this.#server.on('checkExpectation', (request, response) => this.#receive(request, response))
    this.#server.on('clientError', (_cause, socket) => socket.destroy())
    this.#changes = deps.fabric.onChange((change) => this.#enforce(change))
  }

  /** The first bytes must have been put back into the stream. */
  take(stream: Duplex, peer: Peer): void {
    const connection = new DeviceConnection(stream, peer, this.#deps)
    this.#connections.set(stream, connection)
    const key = keyOf(peer)
    const same = this.#byCertificate.get(key)
    if (same) same.add(connection)
    else this.#byCertificate.set(key, new Set([connection]))
    stream.once('close', () => {
      this.#stopTimer(stream)
      this.#connections.delete(stream)
      const left = this.#byCertificate.get(key)
      left?.delete(connection)
      if (left?.size === 0) this.#byCertificate.delete(key)
    })
    this.#cutOffAfter(stream, this.#deps.limits.connectTimeoutMs)
    this.#server.emit('connection', stream)
    stream.resume()
  }

  /** Connections without a request close now, the others once they are answered. */
  [Symbol.dispose](): void {
    this.#isStopping = true
    this.#changes[Symbol.dispose]()
    for (const [stream, { waiting }] of this.#connections) if (waiting === 0) stream.end()
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const stream: Duplex = request.socket
    const connection = this.#connections.get(stream)
    if (!connection) return void stream.destroy()
    this.#stopTimer(stream)
    if (++connection.waiting > this.#deps.limits.maxWaitingRequests) return void stream.destroy()
    if (this.#isStopping) response.setHeader('connection', 'close')
    response.once('close', () => {
      connection.waiting--
      if (connection.waiting === 0) this.#cutOffAfter(stream, this.#deps.limits.connectTimeoutMs)
    })
    this.#answer(connection, request, response).catch((cause: unknown) => {
      if (!stream.destroyed) this.#deps.log.error({ err: cause }, 'a device request failed')
      stream.destroy()
    })
  }

  async #answer(
    connection: DeviceConnection,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const isAnswered = await answerRequest(connection, { request, response }, this.#deps)
    if (isAnswered) {
      if (!response.writableFinished) this.#cutOffAfter(request.socket, this.#deps.limits.bodyTimeoutMs)
      return
    }
    request.resume() // what is still sent is taken in, unread, so that the close is seen
    request.socket.end()
    this.#cutOffAfter(request.socket, lingerMs)
  }

  /** A certificate that is not ACTIVE any more loses its connections before the change is answered. */
  async #enforce({ kind, accountId, id }: Change): Promise<void> {
    if (kind !== 'certificate') return
    const affected = this.#byCertificate.get(keyOf({ accountId, certificateId: id })) ?? []
    await Promise.all([...affected].map((connection) => connection.recheck()))
  }

  /** An HTTP server watches the times only of sockets that it accepted itself. */
  #cutOffAfter(stream: Duplex, timeoutMs: number): void {
    this.#stopTimer(stream)
    if (!stream.destroyed) this.#timers.set(stream, setTimeout(() => stream.destroy(), timeoutMs).unref())
  }

  #stopTimer(stream: Duplex): void {
    clearTimeout(this.#timers.get(stream))
  }
}

const keyOf = ({ accountId, certificateId = '' }: Pick<Peer, 'accountId' | 'certificateId'>): string =>
  `${accountId}/${certificateId}`

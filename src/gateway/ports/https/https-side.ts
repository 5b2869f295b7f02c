import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Messages } from '../../../messaging/data-plane/index.ts'
import type { Change, Fabric } from '../../../fabric/in-process/index.ts'
import type { Log } from '../../../lib/log.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Peer } from '../mqtt/client.ts'
import { answerRequest, type AnswerDeps } from './answer.ts'
import type { AnswerSigned } from './answer-stranger.ts'
import type { DevicePath } from './device-path.ts'
import { describeDomainRefusal } from '../tls/domain-rules.ts'
import { asksForWebSocket } from '../websocket/handshake.ts'
import type { Upgrade } from '../websocket/websocket-side.ts'
import { DeviceConnection, type DeviceConnectionDeps } from './device-connection.ts'

export interface HttpsDeps extends DeviceConnectionDeps {
  messages: Messages
  fabric: Pick<Fabric, 'onChange'>
  log: Pick<Log, 'error'>
  limits: GatewayLimits
  devicePaths?: readonly DevicePath[] | undefined
  answerSigned?: AnswerSigned | undefined
  mayServe?: (() => boolean) | undefined
  trace?: AnswerDeps['trace']
  onAnswered?: AnswerDeps['onAnswered']
  /** A request for a WebSocket; its connection is no longer of this side. */
  onUpgrade: (upgrade: Upgrade) => void
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
    const shouldUpgradeCallback = asksForWebSocket
    this.#server = createServer({ keepAliveTimeout: 5000, maxHeaderSize: 16_384, shouldUpgradeCallback })
    this.#server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head))
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
    stream.once('close', () => this.#forget(stream))
    this.#cutOffAfter(stream, this.#deps.limits.connectTimeoutMs)
    this.#server.emit('connection', stream)
    stream.resume()
  }

  /** Also those that wait for an answer. */
  endAccount(accountId: string): void {
    for (const [stream, { peer }] of this.#connections) if (peer.accountId === accountId) stream.destroy()
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
    if (!connection || this.#deps.mayServe?.() === false) return void stream.destroy()
    const error = describeDomainRefusal(connection.peer, 'https')
    if (error !== undefined) {
      connection.record('domain-refused', { error })
      return void stream.destroy()
    }
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

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const connection = this.#connections.get(socket)
    if (!connection || connection.waiting > 0) return void socket.destroy() // it asks while answers are owed
    this.#forget(socket)
    this.#deps.onUpgrade({ request, socket, head, peer: connection.peer })
  }

  #forget(stream: Duplex): void {
    this.#stopTimer(stream)
    const connection = this.#connections.get(stream)
    if (!connection) return
    this.#connections.delete(stream)
    const key = keyOf(connection.peer)
    const left = this.#byCertificate.get(key)
    left?.delete(connection)
    if (left?.size === 0) this.#byCertificate.delete(key)
  }

  /** A certificate that is not ACTIVE any more, or revoked, loses its connections before the change is answered. */
  async #enforce(change: Change): Promise<void> {
    await Promise.all(this.#affectedBy(change).map((connection) => connection.recheck()))
  }

  #affectedBy({ kind, accountId, id }: Change): DeviceConnection[] {
    if (kind === 'certificate')
      return [...(this.#byCertificate.get(keyOf({ accountId, certificateId: id })) ?? [])]
    if (kind !== 'revocation-list') return []
    return [...this.#connections.values()].filter(
      (connection) => connection.peer.accountId === accountId && connection.isSignedBy(id),
    )
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

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { toWireRequest, type WireRequest } from '../../../api/aws/wire.ts'
import type { JournalCode, RecordEntry } from '../../../observability/journal/index.ts'
import type { Log } from '../../../lib/log.ts'
import type { CallersDeps, CustomAuthDeps } from '../authorization.ts'
import { presentedHttp } from '../custom-auth.ts'
import type { GatewayLimits } from '../limits.ts'
import type { MqttProfile } from '../profile.ts'
import type { Peer } from '../mqtt/client.ts'
import type { Connection } from '../mqtt/connection.ts'
import type { Ending } from '../mqtt/ending.ts'
import type { RefusalDetails } from '../refuse.ts'
import { describeDomainRefusal } from '../tls/domain-rules.ts'
import { chooseSubprotocol, findHandshakeFault, renderFault, type HandshakeFault } from './handshake.ts'
import { identifyGuest, watchGuest, type FindGuest, type Guest } from './guest.ts'
import { identifyPeer } from './identify-peer.ts'
import { WebSocketStream } from './websocket-stream.ts'

export interface WebSocketDeps {
  region: string
  /** Nobody gets in by signature without it. */
  identities?: CallersDeps | undefined
  /** Who may be let in by a custom authorizer. */
  customAuth?: CustomAuthDeps | undefined
  limits: Pick<
    GatewayLimits,
    'maxPacketBytes' | 'maxConnections' | 'maxWaitingUpgrades' | 'maxWebSocketSeconds'
  >
  profile: Pick<MqttProfile, 'takesCloseFrameForDisconnect'>
  /** Hands the bytes on as those of an MQTT connection. */
  takeMqtt: (stream: Duplex, peer: Peer) => Connection
  /** Of those who are refused. */
  recordStranger: RecordEntry
  log: Pick<Log, 'error'>
  now: () => Date
}

/** A request for a WebSocket; `peer` is what its connection says without it. */
export interface Upgrade {
  request: IncomingMessage
  socket: Duplex
  head: Buffer
  peer: Peer
  /** It came to another port than those of devices, which count their connections themselves. */
  isForeign?: boolean
  /** Whoever asks for it comes through the console. */
  findGuest?: FindGuest
}

/** How long a client that was refused, or that was told to close, may take to close. */
const lingerMs = 2000

const noBody = new Uint8Array()
const maxTimerMs = 2 ** 31 - 1
/** MQTT 5.0 3.14.2.1: Administrative action. assumed: AWS does not say its code. */
const administrativeAction = 0x98

/** MQTT over WebSocket, whichever port the request came to. */
export class WebSocketSide implements Disposable {
  readonly #deps: WebSocketDeps
  readonly #server: WebSocketServer
  readonly #streams = new Set<WebSocketStream>()
  #foreign = 0
  #waiting = 0
  #isStopping = false

  constructor(deps: WebSocketDeps) {
    this.#deps = deps
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: deps.limits.maxPacketBytes,
      maxBufferedChunks: 16_384,
      closeTimeout: lingerMs,
      handleProtocols: chooseSubprotocol,
    }
    this.#server = new WebSocketServer(options)
  }

  /** Answers the request, whatever it is. */
  upgrade(upgrade: Upgrade): void {
    const { socket } = upgrade
    socket.on('error', () => socket.destroy())
    this.#judge(upgrade).catch((cause: unknown) => {
      if (!socket.destroyed) this.#deps.log.error({ err: cause }, 'a request for a WebSocket failed') // its URL is a secret
      socket.destroy()
    })
  }

  /** No more are opened; those that are open belong to the MQTT side. */
  [Symbol.dispose](): void {
    this.#isStopping = true
  }

  /** Resolves when the last one is gone; they do not close before they are told to. */
  async closed(): Promise<void> {
    for (const stream of this.#streams)
      if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve)) // an error comes before it
  }

  /** For those who do not close when asked. */
  destroyStreams(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  async #judge(upgrade: Upgrade): Promise<void> {
    const { request } = upgrade
    if (this.#isStopping) return this.#refuse(upgrade, { fault: stopping })
    const wire = toWireRequest(request, noBody)
    const { method, path } = wire
    const isGuest = upgrade.findGuest !== undefined
    const fault = findHandshakeFault({ method, path, headers: request.headers, isGuest })
    if (fault) return this.#refuse(upgrade, { fault, code: 'protocol-error' })
    if (this.#waiting >= this.#deps.limits.maxWaitingUpgrades)
      return this.#refuse(upgrade, { fault: busy, code: 'limit-exceeded' })
    const identified = await this.#identify(wire, upgrade)
    if (this.#isStopping) return this.#refuse(upgrade, { fault: stopping })
    if (upgrade.isForeign && this.#foreign >= this.#deps.limits.maxConnections)
      return this.#refuse(upgrade, { fault: full, code: 'connection-limit' })
    if ('fault' in identified) return this.#refuse(upgrade, identified)
    const error = describeDomainRefusal(identified.peer, 'websocket')
    if (error !== undefined)
      return this.#refuse(upgrade, { fault: otherDomain(error), code: 'domain-refused' })
    this.#server.handleUpgrade(request, upgrade.socket, upgrade.head, (webSocket) =>
      this.#open(webSocket, identified, upgrade),
    )
  }

  async #identify(wire: WireRequest, upgrade: Upgrade): Promise<Admitted | Refused> {
    const { request, peer, findGuest, isForeign } = upgrade
    this.#waiting++
    try {
      if (findGuest) return await identifyGuest(wire, peer, findGuest)
      const customAuth = isForeign ? undefined : this.#deps.customAuth // devices have ports of their own
      const http = presentedHttp(request)
      return await identifyPeer({ request: wire, http }, peer, { ...this.#deps, customAuth })
    } finally {
      this.#waiting--
    }
  }

  #open(webSocket: WebSocket, { peer, guest }: Admitted, { isForeign }: Upgrade): void {
    const stream = new WebSocketStream(webSocket, ({ kind, error }) =>
      connection.end({ journal: kind === 'limit' ? 'limit-exceeded' : 'protocol-error', details: { error } }),
    )
    this.#streams.add(stream)
    const foreign = isForeign ? 1 : 0
    this.#foreign += foreign
    stream.once('end', () => {
      if (stream.isClosedByClient)
        connection.end({
          journal: 'disconnected',
          details: { error: 'close frame' },
          isClean: this.#deps.profile.takesCloseFrameForDisconnect,
        })
    })
    const connection = this.#deps.takeMqtt(stream, peer)
    const timer = this.#endInTime(connection)
    const watch = guest && watchGuest(connection, guest)
    stream.once('close', () => {
      watch?.[Symbol.dispose]()
      clearTimeout(timer)
      this.#streams.delete(stream)
      this.#foreign -= foreign
    })
  }

  /** What a signature opened ends with the credentials, and after a day. */
  #endInTime(connection: Connection): NodeJS.Timeout | undefined {
    const { identity, credential } = connection.peer
    if (!identity) return undefined
    const { maxWebSocketSeconds } = this.#deps.limits
    const lifetimeMs = maxWebSocketSeconds * 1000
    const leftMs = (credential?.expiresAt?.getTime() ?? Infinity) - this.#deps.now().getTime()
    const error =
      leftMs < lifetimeMs ? 'the credentials expired' : `it was open for ${maxWebSocketSeconds} seconds`
    const ending: Ending = {
      journal: 'websocket-expired',
      details: { error },
      disconnectCode: administrativeAction,
    }
    return setTimeout(() => connection.end(ending), Math.min(leftMs, lifetimeMs, maxTimerMs)).unref()
  }

  #refuse({ socket, peer }: Upgrade, refused: Refused): void {
    const { fault, code, details } = refused
    if (code) this.#record(peer, code, { ...details, error: fault.message })
    if (socket.destroyed) return
    socket.end(renderFault(fault))
    socket.resume() // what is still sent is taken in, unread, so that the close is seen
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref()
    socket.once('close', () => clearTimeout(timer))
  }

  #record({ accountId, certificateId, sourceIp }: Peer, code: JournalCode, details: RefusalDetails): void {
    this.#deps.recordStranger({
      accountId,
      code,
      at: this.#deps.now(),
      sourceIp,
      ...(certificateId !== undefined && { certificateId }),
      details: { ...details, protocol: 'WebSocket' },
    })
  }
}

interface Admitted {
  peer: Peer
  /** Of one who came through the console. */
  guest?: Guest
}

interface Refused {
  fault: HandshakeFault
  /** Absent: nothing is recorded. */
  code?: JournalCode
  details?: RefusalDetails
}

const stopping: HandshakeFault = {
  status: 503,
  code: 'ServiceUnavailableException',
  message: 'the server stops',
}

const otherDomain = (message: string): HandshakeFault => ({
  status: 403,
  code: 'ForbiddenException',
  message,
})

const full: HandshakeFault = {
  status: 503,
  code: 'ServiceUnavailableException',
  message: 'there are too many WebSockets on this port; try again later',
}

const busy: HandshakeFault = {
  status: 503,
  code: 'ServiceUnavailableException',
  message: 'too many requests for a WebSocket wait; try again later',
}

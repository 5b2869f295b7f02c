import { createServer, type AddressInfo, type DropArgument, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { DomainConfiguration } from '../../domain-configurations/index.ts'
import type { JournalCode } from '../../../observability/journal/index.ts'
import { forgetListeners } from '../forget-listeners.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Peer } from '../mqtt/client.ts'
import { plainAddress, type AddressRanges } from '../../../lib/address-ranges.ts'
import { readClientHello } from './client-hello.ts'
import { Deadlines } from './deadlines.ts'
import type { FindAccount } from './find-account.ts'
import { Handshakes, type Handshake } from './handshakes.ts'
import { peerOfSocket } from './peer-of-socket.ts'
import { readProxyHeader, type ProxyHeader, type Source } from './proxy-header.ts'
import { readHead } from './read-head.ts'
import type { ServerTls } from './certificate-pair.ts'
import { TlsFronts, type DomainTls, type FrontEvents } from './tls-fronts.ts'

/** Why a connection came to nothing before its first byte of MQTT or HTTP. */
export interface DoorRefusal {
  code: Extract<
    JournalCode,
    'handshake-failed' | 'domain-disabled' | 'domain-unusable' | 'proxy-header-refused' | 'connection-limit'
  >
  error: string
  sourceIp?: string
  serverName?: string | undefined
  /** Whose domain was asked for; absent: nobody's. */
  accountId?: string
}

export interface ListenerDeps {
  /** Of who asks for no domain, unless its certificate says otherwise. */
  accountId: string
  /** Absent: that is the only one. */
  findAccount?: FindAccount | undefined
  limits: GatewayLimits
  /** The name of the endpoint itself. */
  defaultDomainName?: string | undefined
  /** Load balancers: what comes from there begins with a PROXY protocol header, and nothing else does. */
  balancers?: AddressRanges | undefined
  /** The first application bytes are here; the stream is paused. */
  onFirstBytes: (socket: TLSSocket, peer: Peer, bytes: Buffer) => void
  onRefused: (refusal: DoorRefusal) => void
  /** What must not happen; the connection is closed then. */
  onBug: (cause: unknown) => void
}

/** Of a handshake; the server name is that of the domain that was asked for. */
interface Failure {
  cause: NodeJS.ErrnoException
  socket: TLSSocket
  serverName: string | undefined
}

interface Arrival {
  peer: Peer
  domain: DomainConfiguration | undefined
  bytes: Buffer
}

const keepAliveAfterMs = 60_000

/** Errors before a TLS socket listens to them; the 'close' that follows tells enough. */
const ignore = () => {}

/** One device port. */
export class Listener {
  readonly #server: Server
  readonly #deps: ListenerDeps
  readonly #fronts: TlsFronts
  readonly #handshakes: Handshakes
  readonly #firstBytes: Deadlines
  readonly #sockets = new Set<Socket>()

  constructor(tls: ServerTls, deps: ListenerDeps) {
    this.#deps = deps
    const { limits } = deps
    this.#fronts = new TlsFronts(tls)
    this.#handshakes = new Handshakes(limits, ({ address }) =>
      deps.onRefused({ code: 'handshake-failed', error: 'ERR_TLS_HANDSHAKE_TIMEOUT', sourceIp: address }),
    )
    this.#firstBytes = new Deadlines(limits.connectTimeoutMs)
    const keepAlive = { keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs }
    this.#server = createServer({ pauseOnConnect: true, noDelay: true, ...keepAlive })
    this.#server.maxConnections = limits.maxConnections
    this.#server.on('connection', (socket) => this.#receive(socket))
    this.#server.on('drop', (dropped) => this.#refuseCrowd(dropped))
  }

  /** Resolves with the port. `reusePort`: other processes listen on it too, and the system deals connections out. */
  listen(options: { host: string; port: number; reusePort: boolean }): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ ...options, backlog: 4096 }, () => {
        this.#server.off('error', reject)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** New handshakes use it; open connections stay as they are. */
  reload(tls: ServerTls): void {
    this.#fronts.reload(tls)
  }

  /** New handshakes that ask for one of these by its name get its certificate; open connections stay as they are. */
  setDomains(domains: readonly DomainTls[]): void {
    this.#fronts.setDomains(domains)
  }

  /** Takes no new connections; resolves when the open ones are gone. */
  close(): Promise<void> {
    this.#handshakes[Symbol.dispose]()
    this.#firstBytes[Symbol.dispose]()
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy() // nobody has begun to read them
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  /** For those who do not close when asked. */
  destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #receive(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy() // gone already
    this.#sockets.add(socket)
    socket.on('error', ignore).on('close', () => this.#forget(socket))
    const source = { address: plainAddress(remoteAddress), port: remotePort }
    if (this.#deps.balancers?.has(source.address)) this.#readSource(socket, source)
    else this.#queue(socket, source)
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket)
    forgetListeners(socket)
  }

  #readSource(socket: Socket, balancer: Source): void {
    const head = {
      read: readProxyHeader,
      lengthOf: (header: Exclude<ProxyHeader, 'incomplete'>) => ('length' in header ? header.length : 0),
      timeoutMs: this.#deps.limits.handshakeTimeoutMs,
    }
    readHead(socket, head, (header) => {
      const refusal = header && 'refusal' in header ? header.refusal : undefined
      if (header && !('refusal' in header)) return this.#queue(socket, header.source ?? balancer)
      socket.destroy()
      if (refusal === undefined && socket.bytesRead === 0) return // a health check that only looks
      this.#deps.onRefused({
        code: 'proxy-header-refused',
        error: refusal ?? 'an unfinished PROXY protocol header',
        sourceIp: balancer.address,
      })
    })
  }

  #queue(socket: Socket, source: Source): void {
    if (this.#handshakes.enter(socket, source, (handshake) => this.#begin(handshake))) return
    socket.destroy()
    this.#deps.onRefused({
      code: 'connection-limit',
      error: 'too many TLS handshakes wait',
      sourceIp: source.address,
    })
  }

  #begin(handshake: Handshake): void {
    const { socket, source } = handshake
    const events: FrontEvents = {
      onSecure: (secure, domain) => this.#await(handshake, secure, domain),
      onFailed: (cause, failed, serverName) => this.#fail(handshake, { cause, socket: failed, serverName }),
    }
    if (!this.#fronts.needsServerName) return void this.#fronts.take(socket, undefined, events)
    const head = { read: readClientHello, lengthOf: () => 0 } // the TLS server reads it again
    readHead(socket, head, (hello) => {
      if (!hello) return
      const refused = this.#fronts.take(socket, hello.serverName, events)
      if (!refused) return
      const isDisabled = refused.status === 'DISABLED'
      this.#deps.onRefused({
        code: isDisabled ? 'domain-disabled' : 'domain-unusable',
        error: `domain configuration ${refused.name}`,
        sourceIp: source.address,
        serverName: hello.serverName,
        accountId: refused.accountId,
      })
    })
  }

  #fail(handshake: Handshake, { cause, socket, serverName }: Failure): void {
    this.#handshakes.finish(handshake)
    const { bytesRead } = socket
    socket.destroy()
    if (handshake.isTooSlow) return // which was told
    const { code, message } = cause
    if (code === 'ECONNRESET' && bytesRead === 0) return // someone looked whether the port is open
    const sourceIp = handshake.source.address
    this.#deps.onRefused({ code: 'handshake-failed', error: code ?? message, sourceIp, serverName })
  }

  #await(handshake: Handshake, socket: TLSSocket, domain: DomainConfiguration | undefined): void {
    const onError = () => socket.destroy()
    if (handshake.isOver) return void onError() // it was reset at the very end
    this.#handshakes.finish(handshake)
    const { source } = handshake
    const { accountId, defaultDomainName } = this.#deps
    socket.on('error', onError)
    this.#firstBytes.begin(socket)
    socket.once('data', (bytes: Buffer) => {
      socket.pause()
      this.#firstBytes.met(socket)
      const peer = peerOfSocket(socket, { accountId, source, domain, defaultDomainName })
      this.#handOver(socket, { peer, domain, bytes })
    })
  }

  /** At once, unless it has to be looked up whose the client is. */
  #handOver(socket: TLSSocket, { peer, domain, bytes }: Arrival): void {
    const { findAccount, onFirstBytes, onBug } = this.#deps
    const take = (accountId: string | undefined) => {
      if (accountId === undefined) return void socket.destroy()
      peer.accountId = accountId
      onFirstBytes(socket, peer, bytes)
    }
    const found = findAccount ? findAccount({ domain, certificate: peer.certificate }) : peer.accountId
    if (!(found instanceof Promise)) return take(found)
    found.then(take).catch((cause: unknown) => {
      onBug(cause)
      socket.destroy()
    })
  }

  /** More connections than the port may have are closed at once. */
  #refuseCrowd(dropped: DropArgument | undefined): void {
    const address = dropped?.remoteAddress
    const from = address === undefined ? {} : { sourceIp: plainAddress(address) }
    this.#deps.onRefused({ code: 'connection-limit', error: 'too many connections', ...from })
  }
}

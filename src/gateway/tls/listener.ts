import { constants } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls'
import { certificateIdOf } from '../../lib/x509.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Peer } from '../mqtt/client.ts'
import { alpnProtocols } from '../first-bytes.ts'

/** The server's own key and certificate chain, PEM. */
export interface ServerTls {
  key: string
  cert: string
}

export interface ListenerDeps {
  accountId: string
  limits: Pick<GatewayLimits, 'handshakeTimeoutMs' | 'connectTimeoutMs' | 'maxConnections'>
  /** The first application bytes are here; the stream is paused. */
  onFirstBytes: (socket: TLSSocket, peer: Peer, bytes: Buffer) => void
  onHandshakeFailure: (failure: { code: string; sourceIp?: string }) => void
}

/**
 * A certificate is asked for but not judged here: its key is proven by the handshake, and admission decides
 * about it by CONNECT. An empty CA list spares the handshake the attempt to build a chain. There are no session
 * tickets: every connection proves its key anew, and tickets cost more to make than they save, as devices seldom
 * come back with one.
 */
function tlsOptions({ key, cert }: ServerTls): TlsOptions {
  return {
    key,
    cert,
    ca: [],
    minVersion: 'TLSv1.2',
    ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
    secureOptions: constants.SSL_OP_NO_TICKET,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: alpnProtocols,
  }
}

/** One device port. */
export class Listener {
  readonly #server: Server
  readonly #deps: ListenerDeps
  readonly #sockets = new Set<Socket>()

  constructor(tls: ServerTls, deps: ListenerDeps) {
    this.#deps = deps
    const { handshakeTimeoutMs, maxConnections } = deps.limits
    this.#server = createServer({ ...tlsOptions(tls), handshakeTimeout: handshakeTimeoutMs, noDelay: true })
    this.#server.maxConnections = maxConnections
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('secureConnection', (socket) => this.#await(socket))
    this.#server.on('tlsClientError', (cause: NodeJS.ErrnoException, socket) => this.#fail(cause, socket))
  }

  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port, backlog: 4096 }, () => {
        this.#server.off('error', reject)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** New handshakes use it; open connections stay as they are. */
  reload(tls: ServerTls): void {
    this.#server.setSecureContext(tlsOptions(tls))
  }

  /** Takes no new connections; resolves when the open ones are gone. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  /** For those who do not close when asked. */
  destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #fail({ code, message }: NodeJS.ErrnoException, socket: TLSSocket): void {
    const { remoteAddress, bytesRead } = socket
    socket.destroy() // Node leaves a socket open whose handshake timed out
    if (code === 'ECONNRESET' && bytesRead === 0) return // someone looked whether the port is open
    const source = remoteAddress === undefined ? {} : { sourceIp: plainAddress(remoteAddress) }
    this.#deps.onHandshakeFailure({ code: code ?? message, ...source })
  }

  #await(socket: TLSSocket): void {
    const onError = () => socket.destroy()
    const { accountId, limits, onFirstBytes } = this.#deps
    socket.on('error', onError)
    socket.setTimeout(limits.connectTimeoutMs, onError)
    socket.once('data', (bytes: Buffer) => {
      socket.pause()
      socket.setTimeout(0)
      socket.off('timeout', onError)
      onFirstBytes(socket, toPeer(socket, accountId), bytes)
    })
  }
}

function toPeer(socket: TLSSocket, accountId: string): Peer {
  const x509 = socket.getPeerX509Certificate()
  const tlsVersion = socket.getProtocol()
  const serverName: unknown = 'servername' in socket ? socket.servername : undefined
  return {
    accountId,
    sourceIp: plainAddress(socket.remoteAddress ?? ''),
    ...(x509 && { der: x509.raw, x509, certificateId: certificateIdOf(x509.raw) }),
    ...(typeof serverName === 'string' && { serverName }),
    ...(tlsVersion && { tlsVersion }),
  }
}

/** IPv4 addresses without the prefix they have on a socket that takes IPv6 too. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')

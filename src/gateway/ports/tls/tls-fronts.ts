import type { Socket } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import type { DomainConfiguration } from '../../domain-configurations/index.ts'
import type { ServerTls } from './certificate-pair.ts'
import { createTlsServer, tlsOptions } from './server-context.ts'

/** A configured domain and what its clients are shown; without `tls` it cannot be served. */
export interface DomainTls {
  configuration: DomainConfiguration
  tls?: ServerTls
}

export interface FrontEvents {
  onSecure: (socket: TLSSocket, domain: DomainConfiguration | undefined) => void
  onFailed: (cause: NodeJS.ErrnoException, socket: TLSSocket, serverName: string | undefined) => void
}

interface Front {
  configuration: DomainConfiguration
  server: Server | undefined
}

/** A fatal alert before any key is agreed on: this server knows no such name. RFC 8446 6, RFC 6066 3 */
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112])

/**
 * One TLS server for the endpoint, and one for each domain: the TLS versions of a domain's security policy
 * must be known before the handshake begins, which is earlier than where a callback for the server name is called.
 */
export class TlsFronts {
  readonly #default: Server
  readonly #events: FrontEvents
  readonly #handshakeTimeoutMs: number
  #domains = new Map<string, Front>()

  constructor(tls: ServerTls, handshakeTimeoutMs: number, events: FrontEvents) {
    this.#events = events
    this.#handshakeTimeoutMs = handshakeTimeoutMs
    this.#default = this.#createServer(tls, undefined)
  }

  /** New handshakes use it; open connections stay as they are. */
  reload(tls: ServerTls): void {
    this.#default.setSecureContext(tlsOptions(tls))
  }

  setDomains(domains: readonly DomainTls[]): void {
    const fronts = domains.map(({ configuration, tls }) => {
      const isServed = configuration.status === 'ENABLED' && tls !== undefined
      const server = isServed ? this.#createServer(tls, configuration) : undefined
      return [configuration.domainName, { configuration, server }] as const
    })
    this.#domains = new Map(fronts)
  }

  /** True when the server name has to be known before a handshake can begin. */
  get needsServerName(): boolean {
    return this.#domains.size > 0
  }

  /** Begins the handshake. Gives the domain that was asked for and is not served, with the connection closed. */
  take(socket: Socket, serverName: string | undefined): DomainConfiguration | undefined {
    const front = serverName === undefined ? undefined : this.#domains.get(serverName)
    const server = front ? front.server : this.#default
    if (server) {
      server.emit('connection', socket)
      return undefined
    }
    socket.end(unrecognizedName, () => socket.destroy())
    return front?.configuration
  }

  #createServer(tls: ServerTls, domain: DomainConfiguration | undefined): Server {
    const server = createTlsServer(tls, this.#handshakeTimeoutMs, domain?.settings.securityPolicy)
    server.on('secureConnection', (socket) => this.#events.onSecure(socket, domain))
    server.on('tlsClientError', (cause: NodeJS.ErrnoException, socket) =>
      this.#events.onFailed(cause, socket, domain?.domainName),
    )
    return server
  }
}

import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import type { DomainConfiguration } from '../../domain-configurations/index.ts'
import type { ServerTls } from './certificate-pair.ts'
import { serverContext, shakeHands } from './server-context.ts'

/** A configured domain and what its clients are shown; without `tls` it cannot be served. */
export interface DomainTls {
  configuration: DomainConfiguration
  tls?: ServerTls
}

/** What becomes of one handshake. */
export interface FrontEvents {
  onSecure: (socket: TLSSocket, domain: DomainConfiguration | undefined) => void
  onFailed: (cause: NodeJS.ErrnoException, socket: TLSSocket, serverName: string | undefined) => void
}

interface Front {
  configuration: DomainConfiguration
  context: SecureContext | undefined
}

/** A fatal alert before any key is agreed on: this server knows no such name. RFC 8446 6, RFC 6066 3 */
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112])

/**
 * A context of TLS for the endpoint, and one for each domain: the TLS versions of a domain's security policy
 * must be known before the handshake begins, which is earlier than where a callback for the server name is called.
 */
export class TlsFronts {
  #default: SecureContext
  #tls: ServerTls
  #configured: readonly DomainTls[] = []
  #domains = new Map<string, Front>()

  constructor(tls: ServerTls) {
    this.#tls = tls
    this.#default = serverContext(tls)
  }

  /** New handshakes use it; open connections stay as they are. */
  reload(tls: ServerTls): void {
    this.#tls = tls
    this.#default = serverContext(tls)
    this.setDomains(this.#configured)
  }

  setDomains(domains: readonly DomainTls[]): void {
    this.#configured = domains
    const fronts = domains.map(
      ({ configuration, tls }) =>
        [configuration.domainName, { configuration, context: this.#contextOf(configuration, tls) }] as const,
    )
    this.#domains = new Map(fronts)
  }

  #contextOf(configuration: DomainConfiguration, tls: ServerTls | undefined): SecureContext | undefined {
    const { domainName, domainType, status, settings } = configuration
    if (domainType === 'ENDPOINT' && namesAll(this.#tls, domainName)) return this.#default
    return status === 'ENABLED' && tls !== undefined ? serverContext(tls, settings.securityPolicy) : undefined
  }

  /** True when the server name has to be known before a handshake can begin. */
  get needsServerName(): boolean {
    return this.#domains.size > 0
  }

  /** Begins the handshake. Gives the domain that was asked for and is not served, with the connection closed. */
  take(socket: Socket, serverName: string | undefined, events: FrontEvents): DomainConfiguration | undefined {
    const front = serverName === undefined ? undefined : this.#domains.get(serverName)
    const domain = front?.configuration
    const context = front ? front.context : this.#default
    if (context) {
      shakeHands(socket, context, {
        onSecure: (secure) => events.onSecure(secure, domain),
        onFailed: (cause, failed) => events.onFailed(cause, failed, domain?.domainName),
      })
      return undefined
    }
    socket.end(unrecognizedName, () => socket.destroy())
    return domain
  }
}

/** Of the endpoint's own certificate, which may be for all names below it: devices trust its root. */
const namesAll = (tls: ServerTls, domainName: string): boolean =>
  tls.every(({ cert }) => new X509Certificate(cert).checkHost(domainName) !== undefined)

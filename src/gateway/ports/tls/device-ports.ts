import type { TLSSocket } from 'node:tls'
import type { Domains } from '../../domain-configurations/index.ts'
import { recordStrangers, type RecordEntry } from '../../../observability/journal/index.ts'
import type { Log } from '../../../lib/log.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Peer } from '../mqtt/client.ts'
import { parseAddressRanges } from '../../../lib/address-ranges.ts'
import type { DomainCertificates } from './domain-certificates.ts'
import { openDomainDoors } from './domain-doors.ts'
import type { FindAccount } from './find-account.ts'
import { Listener, type DoorRefusal, type ListenerDeps } from './listener.ts'
import { endOf, type ServerTls } from './certificate-pair.ts'
import type { DomainTls } from './tls-fronts.ts'

/** Which certificates clients are shown, by the server name they ask for. */
export interface DomainOptions extends Pick<Domains, 'list' | 'onChanged'> {
  certificates: DomainCertificates
  /** The endpoint itself: the domain of all who ask for no other. */
  defaultName: string
  /** How often files are looked at. */
  watchEveryMs?: number
}

export interface DevicePortsOptions {
  host: string
  /** Other processes listen on the same ports. */
  sharesPorts?: boolean
  tls: ServerTls
  accountId: string
  findAccount?: FindAccount
  limits: GatewayLimits
  domains?: DomainOptions
  /** Ranges of addresses of load balancers that speak the PROXY protocol, version 2. */
  proxyProtocolFrom?: readonly string[]
  record: RecordEntry
  log: Pick<Log, 'error'>
  now: () => Date
  onFirstBytes: (socket: TLSSocket, peer: Peer, bytes: Buffer) => void
}

/** Of what is shown for one name. */
export interface ShownCertificate {
  /** The configured domain; absent for the endpoint itself. */
  domainName?: string
  notAfter: Date
}

/** All device ports: they show the same certificates. */
class DevicePorts {
  readonly #options: DevicePortsOptions
  readonly #deps: ListenerDeps
  readonly #listeners: Listener[] = []
  readonly #recordStranger: RecordEntry
  #tls: ServerTls
  #domains: readonly DomainTls[] = []

  constructor(options: DevicePortsOptions) {
    const { accountId, findAccount, limits, domains, proxyProtocolFrom = [], onFirstBytes, log } = options
    this.#options = options
    this.#tls = options.tls
    this.#recordStranger = recordStrangers(options.record)
    this.#deps = {
      accountId,
      findAccount,
      limits,
      defaultDomainName: domains?.defaultName,
      balancers: proxyProtocolFrom.length > 0 ? parseAddressRanges(proxyProtocolFrom) : undefined,
      onFirstBytes,
      onRefused: (refusal) => this.#record(refusal),
      onBug: (cause) => log.error({ err: cause }, 'the account of a device could not be found'),
    }
  }

  /** Resolves with the port. */
  async listen(port: number): Promise<number> {
    const listener = new Listener(this.#tls, this.#deps)
    listener.setDomains(this.#domains)
    const { host, sharesPorts: reusePort = false } = this.#options
    const opened = await listener.listen({ host, port, reusePort })
    this.#listeners.push(listener)
    return opened
  }

  /** New handshakes use it; nobody is dropped. */
  reload(tls: ServerTls): void {
    this.#tls = tls
    for (const listener of this.#listeners) listener.reload(tls)
  }

  showDomains(domains: readonly DomainTls[]): void {
    this.#domains = domains
    for (const listener of this.#listeners) listener.setDomains(domains)
  }

  /** When what is shown ends: for the endpoint, and for each domain that is served. */
  shown(): ShownCertificate[] {
    const ofDomains = this.#domains.flatMap(({ configuration: { domainName }, tls }) =>
      tls ? [{ domainName, notAfter: endOf(tls) }] : [],
    )
    return [{ notAfter: endOf(this.#tls) }, ...ofDomains]
  }

  /** Takes no new connections; resolves when the open ones are gone. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }

  /** For those who do not close when asked. */
  destroySockets(): void {
    for (const listener of this.#listeners) listener.destroySockets()
  }

  #record({ code, error, sourceIp, serverName, accountId = this.#options.accountId }: DoorRefusal): void {
    const { now } = this.#options
    const details = { error, ...(serverName !== undefined && { serverName }) }
    this.#recordStranger({ accountId, code, at: now(), ...(sourceIp !== undefined && { sourceIp }), details })
  }
}

export interface OpenedDevicePorts extends Disposable {
  ports: DevicePorts
  /** Reads the certificates of the configured domains again. */
  reloadDomains: () => Promise<void>
}

/** Nothing listens yet, but the certificates are there. */
export async function openDevicePorts(options: DevicePortsOptions): Promise<OpenedDevicePorts> {
  const ports = new DevicePorts(options)
  const { domains, log } = options
  if (!domains) return { ports, reloadDomains: async () => {}, [Symbol.dispose]: () => {} }
  const doors = await openDomainDoors({
    domains,
    certificates: domains.certificates,
    show: (shown) => ports.showDomains(shown),
    log,
    watchEveryMs: domains.watchEveryMs,
  })
  return { ports, reloadDomains: doors.reload, [Symbol.dispose]: () => doors[Symbol.dispose]() }
}

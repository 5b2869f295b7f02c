/** Real device ports on the loopback, for tests: whoever sends something hears `hello` back. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { makeCa, toPair } from '../../../../test/helpers/certificates.ts'
import type { DomainConfiguration } from '../../domain-configurations/index.ts'
import type { JournalEntry } from '../../../observability/journal/index.ts'
import { defaultLimits, type GatewayLimits } from '../limits.ts'
import type { Peer } from '../mqtt/client.ts'
import type { ServerTls } from '../tls/certificate-pair.ts'
import { openDevicePorts } from '../tls/device-ports.ts'
import { openDomainCertificates, type DomainCertificates } from '../tls/domain-certificates.ts'

const serverCa = makeCa({ subject: 'CN=Server Root' })
const server = serverCa.issue({ subject: 'CN=default', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })

interface TestPortsOptions {
  /** What the endpoint itself shows. */
  tls?: ServerTls
  /** What its domains show. */
  certificates?: DomainCertificates
  limits?: Partial<GatewayLimits>
  domains?: readonly DomainConfiguration[]
  proxyProtocolFrom?: readonly string[]
}

export function domain(changes: Partial<DomainConfiguration> = {}): DomainConfiguration {
  return {
    accountId: '123456789012',
    name: 'acme',
    domainName: 'iot.acme.example',
    domainType: 'CUSTOMER_MANAGED',
    serviceType: 'DATA',
    status: 'ENABLED',
    statusChangedAt: new Date(),
    serverCertificateArns: [],
    settings: {
      securityPolicy: 'IoTSecurityPolicy_TLS13_1_2_2022_10',
      authenticationType: 'DEFAULT',
      applicationProtocol: 'DEFAULT',
    },
    ...changes,
  }
}

export async function openTestPorts(options: TestPortsOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'muster-ports-'))
  const entries: JournalEntry[] = []
  const peers: Peer[] = []
  const domains = changeableDomains(options.domains ?? [])

  const { certificates = openDomainCertificates(directory, () => new Date()) } = options
  const opened = await openDevicePorts({
    host: '127.0.0.1',
    tls: options.tls ?? [toPair(server)],
    accountId: '123456789012',
    limits: { ...defaultLimits, ...options.limits },
    domains: { ...domains, certificates, defaultName: 'endpoint.example', watchEveryMs: 20 },
    ...(options.proxyProtocolFrom && { proxyProtocolFrom: options.proxyProtocolFrom }),
    record: (entry) => void entries.push(entry),
    log: { error: () => {} },
    now: () => new Date(),
    onFirstBytes(socket, peer) {
      peers.push(peer)
      sayHello(socket)
    },
  })
  const port = await opened.ports.listen(0)

  return {
    ...opened,
    port,
    directory,
    entries,
    peers,
    codes: () => entries.map(({ code }) => code),
    setDomains: domains.setDomains,
    async [Symbol.asyncDispose]() {
      opened[Symbol.dispose]()
      const closed = opened.ports.close()
      opened.ports.destroySockets()
      await closed
      await rm(directory, { recursive: true })
    },
  }
}

function sayHello(socket: TLSSocket): void {
  socket.write('hello')
  socket.on('data', () => socket.write('hello'))
  socket.resume()
}

function changeableDomains(domains: readonly DomainConfiguration[]) {
  const listeners = new Set<() => Promise<void>>()
  return {
    list: () => domains,
    onChanged(listener: () => Promise<void>) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    setDomains: async (changed: readonly DomainConfiguration[]) => {
      domains = changed
      for (const listener of listeners) await listener()
    },
  }
}

/** Resolves with the socket once the server has said hello; rejects when it did not come to that. */
export async function greet(port: number, tls: ConnectionOptions = {}): Promise<TLSSocket> {
  const base = tls.socket ? {} : { host: '127.0.0.1', port }
  const socket = connect({ ...base, servername: 'localhost', rejectUnauthorized: false, ...tls })
  const failed = new Promise<never>((_resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
  })
  failed.catch(() => {})
  await Promise.race([once(socket, 'secureConnect'), failed])
  await answered(socket)
  return socket
}

/** Sends something, and waits for the answer. */
export async function answered(socket: TLSSocket): Promise<void> {
  const closed = once(socket, 'close').then(() => {
    throw new Error('closed')
  })
  closed.catch(() => {})
  const answer = once(socket, 'data')
  answer.catch(() => {})
  socket.write('x')
  await Promise.race([answer, closed])
}

export const namesOf = (socket: TLSSocket): string | undefined =>
  socket.getPeerX509Certificate()?.subjectAltName

/** A bare TCP connection; nothing of what happens to it is an error of the test. */
export async function dialTcp(port: number): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Resolves when the connection is closed, however that comes about. */
export const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))

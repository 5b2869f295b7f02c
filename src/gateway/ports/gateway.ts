import type { Trace } from '../../lib/trace.ts'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Messages } from '../../messaging/data-plane/index.ts'
import type { Fabric } from '../../fabric/in-process/index.ts'
import { recordStrangers, type JournalCode, type RecordEntry } from '../../observability/journal/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Sessions } from '../../messaging/sessions/index.ts'
import type {
  AdmissionDeps,
  AuthorizerDeps,
  CallersDeps,
  CustomAuthDeps,
  CertificateStatusOf,
  RevocationDeps,
} from './authorization.ts'
import type { ClientClaims } from './client-claims.ts'
import type { ClientEvents } from './client-events.ts'
import type { Connections } from './connections.ts'
import { decideProtocol } from './first-bytes.ts'
import type { AnswerSigned } from './https/answer-stranger.ts'
import type { DevicePath } from './https/device-path.ts'
import { HttpsSide, type HttpsDeps } from './https/https-side.ts'
import { defaultLimits, type GatewayLimits } from './limits.ts'
import type { Peer } from './mqtt/client.ts'
import type { AccountsTraffic, Traffic } from './mqtt/traffic.ts'
import { MqttServer } from './mqtt/mqtt-server.ts'
import { plainPeer } from './websocket/plain-peer.ts'
import { WebSocketSide, type Upgrade } from './websocket/websocket-side.ts'
import { profiles, type ProfileName } from './profile.ts'
import type { RefusalStyle } from './refuse.ts'
import {
  openDevicePorts,
  type DomainOptions,
  type OpenedDevicePorts,
  type ShownCertificate,
} from './tls/device-ports.ts'
import type { FindAccount } from './tls/find-account.ts'
import { describeDomainRefusal } from './tls/domain-rules.ts'
import type { ServerTls } from './tls/certificate-pair.ts'

export interface GatewayOptions {
  host: string
  /** 0 picks a free one. */
  ports: { mqtt: number; https: number; alpn?: number }
  /** Other processes of this machine listen on them too. */
  sharesPorts?: boolean
  tls: ServerTls
  /** Of who asks for no domain, unless its certificate says otherwise. */
  accountId: string
  /** Absent: that is the only one. */
  findAccount?: FindAccount
  region: string
  fabric: Pick<Fabric, 'subscribe' | 'onChange' | 'publish' | 'hasSubscribers'>
  /** What devices publish passes here, so that nothing retained is acknowledged before it is durable. */
  messages: Messages
  sessions: Pick<Sessions, 'bring' | 'open' | 'close' | 'find' | 'describe' | 'remove' | 'flushed'>
  onboarding: AdmissionDeps
  authorizer: AuthorizerDeps
  /** Who may sign the request for a WebSocket in place of showing a certificate; absent: nobody. */
  identities?: CallersDeps
  /** Who may be let in by a custom authorizer; absent: nobody. */
  customAuth?: CustomAuthDeps
  /** What the HTTPS side answers beside the data plane. */
  devicePaths?: readonly DevicePath[]
  /** Answers calls of the data plane that come signed to a device port, without a certificate; absent: nobody. */
  answerSigned?: AnswerSigned
  certificateStatus: CertificateStatusOf
  /** Absent when no revocation lists are kept. */
  revocations?: RevocationDeps
  /** Hears of clients, e.g. to log what they do. */
  clientEvents?: Partial<ClientEvents>
  record: RecordEntry
  log: Pick<Log, 'error'>
  now: () => Date
  /** Told how long each client waited from its first byte until its CONNACK. */
  measureConnect?: (seconds: number) => void
  /** Told how long a message with QoS 1 or 2 took until it could be acknowledged. */
  measurePublish?: (seconds: number) => void
  /** Told of each request over HTTPS of a device that was let in. */
  onAnswered?: HttpsDeps['onAnswered']
  /** Told what each CONNECT, and each request over HTTPS, leads to; absent: nobody. */
  trace?: Trace
  /** How MQTT is spoken; as by AWS unless it says otherwise. */
  profile?: ProfileName
  /** Of client ids at all nodes; absent where this is the only one. */
  claims?: ClientClaims
  /** Asked before anything is taken, and before anything is answered: false once this node must not serve. Absent: always. */
  mayServe?: () => boolean
  /** How much a refused client learns; as little as on AWS unless it says otherwise. */
  refusals?: RefusalStyle
  limits?: Partial<GatewayLimits>
  /** Further domains, with certificates of their own. */
  domains?: DomainOptions
  /** Ranges of addresses of load balancers that speak the PROXY protocol, version 2; absent: nobody does. */
  proxyProtocolFrom?: readonly string[]
}

export interface Gateway extends AsyncDisposable {
  ports: { mqtt: number; https: number; alpn?: number }
  /** New handshakes use it; nobody is dropped. */
  reloadTls: (tls: ServerTls) => void
  /** Reads the certificates of the configured domains again; nobody is dropped. */
  reloadDomains: () => Promise<void>
  /** A request for a WebSocket that came to another port than those of devices. */
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** The same for a request that comes from the console; its answer speaks for itself. */
  upgradeGuest: (upgrade: GuestUpgrade) => void
  /** Ends the connections of an account that was closed. */
  endAccount: (accountId: string) => void
  stats: () => GatewayStats
  /** What passed since the start, by account. */
  traffic: AccountsTraffic['all']
  /** When the certificates end that are shown now. */
  shownCertificates: () => ShownCertificate[]
  /** Takes no new connections, and ends those that are open in waves; resolves when the last has been told. */
  leave: () => Promise<void>
  /** What the API may ask and do about MQTT clients. */
  connections: Connections
}

interface GatewayStats extends Pick<Traffic, 'messagesReceived' | 'messagesSent' | 'bytesReceived'> {
  connections: number
  clients: number
  bytesSent: number
}

type ForeignUpgrade = Omit<Upgrade, 'peer' | 'isForeign'>
type GuestUpgrade = ForeignUpgrade & Required<Pick<Upgrade, 'findGuest'>>

/** How long clients may take to close when the gateway stops. */
const drainMs = 1000

const noBytes = Buffer.alloc(0)

/** Opens the device ports. Each speaks MQTT and HTTPS over mutual TLS. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { ports } = options
  const deps = depsOf(options)
  const mqtt = new MqttServer(deps)
  const webSockets = new WebSocketSide({
    ...deps,
    takeMqtt: (stream, peer) => mqtt.take(stream, peer, noBytes),
  })
  const https = new HttpsSide({ ...deps, onUpgrade: (upgrade) => webSockets.upgrade(upgrade) })
  const onFirstBytes = createDispatcher(deps, { mqtt, https })
  const devicePorts = await openDevicePorts({ ...deps, onFirstBytes })

  const upgradeForeign = (upgrade: ForeignUpgrade) =>
    webSockets.upgrade({ ...upgrade, peer: plainPeer(upgrade.request, options.accountId), isForeign: true })
  const stop = () => drain(devicePorts, { mqtt, webSockets, https })

  try {
    const listen = (port: number) => devicePorts.ports.listen(port)
    const opened = { mqtt: await listen(ports.mqtt), https: await listen(ports.https) }
    return {
      ports: ports.alpn === undefined ? opened : { ...opened, alpn: await listen(ports.alpn) },
      reloadTls: (renewed) => devicePorts.ports.reload(renewed),
      reloadDomains: devicePorts.reloadDomains,
      upgrade: (request, socket, head) => upgradeForeign({ request, socket, head }),
      upgradeGuest: upgradeForeign,
      connections: mqtt.connections,
      shownCertificates: () => devicePorts.ports.shown(),
      leave: () => leave(devicePorts, mqtt),
      endAccount: (accountId) => [mqtt, https].forEach((side) => side.endAccount(accountId)),
      stats: () => statsOf(mqtt),
      traffic: mqtt.traffic.all,
      [Symbol.asyncDispose]: stop,
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}

function statsOf({
  connectionCount: connections,
  clientCount: clients,
  traffic,
  bytesSent,
}: MqttServer): GatewayStats {
  const [messagesReceived, messagesSent, bytesReceived] = [
    traffic.sum('messagesReceived'),
    traffic.sum('messagesSent'),
    traffic.sum('bytesReceived'),
  ]
  return { connections, clients, messagesReceived, messagesSent, bytesReceived, bytesSent }
}

/** What the sides have in common. */
function depsOf(options: GatewayOptions) {
  const { onboarding, authorizer, refusals = 'silent' } = options
  const profile = profiles[options.profile ?? 'aws']
  const limits = { ...defaultLimits, ...profile.limits, ...options.limits }
  const judges = { admit: onboarding.admit, openAuthorization: authorizer.open }
  const recordStranger = recordStrangers(options.record)
  return { ...options, limits, profile, refusals, recordStranger, ...judges }
}

interface Sides {
  mqtt: MqttServer
  webSockets: WebSocketSide
  https: HttpsSide
}

function leave({ ports }: OpenedDevicePorts, mqtt: MqttServer): Promise<void> {
  void ports.close()
  return mqtt.endInWaves()
}

/** Takes nothing new, and gives clients a moment to close. */
async function drain(devicePorts: OpenedDevicePorts, { mqtt, webSockets, https }: Sides): Promise<void> {
  devicePorts[Symbol.dispose]()
  const closed = devicePorts.ports.close()
  webSockets[Symbol.dispose]()
  mqtt[Symbol.dispose]()
  https[Symbol.dispose]()
  const timer = setTimeout(() => {
    devicePorts.ports.destroySockets()
    webSockets.destroyStreams()
  }, drainMs)
  await Promise.all([closed, webSockets.closed()])
  clearTimeout(timer)
}

/** Hands a connection to the side that speaks its protocol. */
function createDispatcher(
  { recordStranger, now }: Pick<GatewayOptions, 'now'> & { recordStranger: RecordEntry },
  { mqtt, https }: Pick<Sides, 'mqtt' | 'https'>,
) {
  function refuse(socket: TLSSocket, { accountId, sourceIp }: Peer, code: JournalCode, error: string): void {
    socket.destroy()
    recordStranger({ accountId, code, at: now(), sourceIp, details: { error, protocol: 'unknown' } })
  }

  return function onFirstBytes(socket: TLSSocket, peer: Peer, bytes: Buffer): void {
    const protocol = decideProtocol(socket.alpnProtocol, bytes[0] ?? 0)
    if (protocol === 'unknown')
      return refuse(socket, peer, 'protocol-error', 'the first byte is neither MQTT nor HTTP')
    const refusal = describeDomainRefusal(peer, protocol)
    if (refusal !== undefined) return refuse(socket, peer, 'domain-refused', refusal)
    if (protocol === 'http') {
      socket.unshift(bytes)
      return https.take(socket, peer)
    }
    mqtt.take(socket, peer, bytes)
    return void socket.resume()
  }
}

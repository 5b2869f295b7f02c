import type { TLSSocket } from 'node:tls'
import type { Messages } from '../data-plane/index.ts'
import type { Fabric } from '../fabric/index.ts'
import type { RecordEntry } from '../journal/index.ts'
import type { Log } from '../lib/log.ts'
import type { AdmissionDeps, AuthorizerDeps, CertificateStatusOf } from './authorization.ts'
import { decideProtocol } from './first-bytes.ts'
import { HttpsSide } from './https/https-side.ts'
import { defaultLimits, type GatewayLimits } from './limits.ts'
import type { Peer } from './mqtt/client.ts'
import { MqttServer } from './mqtt/mqtt-server.ts'
import { Listener, type ServerTls } from './tls/listener.ts'

export interface GatewayOptions {
  host: string
  /** 0 picks a free one. */
  ports: { mqtt: number; https: number; alpn?: number }
  tls: ServerTls
  accountId: string
  region: string
  fabric: Pick<Fabric, 'subscribe' | 'onChange'>
  /** What devices publish passes here, so that nothing retained is acknowledged before it is durable. */
  messages: Messages
  onboarding: AdmissionDeps
  authorizer: AuthorizerDeps
  certificateStatus: CertificateStatusOf
  record: RecordEntry
  log: Pick<Log, 'error'>
  now: () => Date
  limits?: Partial<GatewayLimits>
}

export interface Gateway extends AsyncDisposable {
  ports: { mqtt: number; https: number; alpn?: number }
  /** New handshakes use it; nobody is dropped. */
  reloadTls: (tls: ServerTls) => void
  stats: () => { connections: number; clients: number }
}

/** How long clients may take to close when the gateway stops. */
const drainMs = 1000

/** Opens the device ports. Each speaks MQTT and HTTPS over mutual TLS. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const limits = { ...defaultLimits, ...options.limits }
  const { host, ports, tls, onboarding, authorizer } = options
  const deps = { ...options, limits, admit: onboarding.admit, openAuthorization: authorizer.open }
  const mqtt = new MqttServer(deps)
  const https = new HttpsSide(deps)
  const listeners: Listener[] = []
  const listenerDeps = createListenerDeps(options, limits, { mqtt, https })

  async function stop(): Promise<void> {
    const closed = listeners.map((listener) => listener.close())
    mqtt[Symbol.dispose]()
    https[Symbol.dispose]()
    const timer = setTimeout(() => listeners.forEach((listener) => listener.destroySockets()), drainMs)
    await Promise.all(closed)
    clearTimeout(timer)
  }

  async function listen(port: number): Promise<number> {
    const listener = new Listener(tls, listenerDeps)
    const opened = await listener.listen(host, port)
    listeners.push(listener)
    return opened
  }

  try {
    const opened = { mqtt: await listen(ports.mqtt), https: await listen(ports.https) }
    return {
      ports: ports.alpn === undefined ? opened : { ...opened, alpn: await listen(ports.alpn) },
      reloadTls: (renewed) => listeners.forEach((listener) => listener.reload(renewed)),
      stats: () => ({ connections: mqtt.connectionCount, clients: mqtt.clientCount }),
      [Symbol.asyncDispose]: stop,
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}

function createListenerDeps(
  { accountId, record, now }: GatewayOptions,
  limits: GatewayLimits,
  { mqtt, https }: { mqtt: MqttServer; https: HttpsSide },
) {
  function onFirstBytes(socket: TLSSocket, peer: Peer, bytes: Buffer): void {
    const protocol = decideProtocol(socket.alpnProtocol, bytes[0] ?? 0)
    if (protocol === 'http') {
      socket.unshift(bytes)
      return https.take(socket, peer)
    }
    if (protocol === 'mqtt') {
      mqtt.take(socket, peer, bytes)
      return void socket.resume()
    }
    socket.destroy()
    const details = { error: 'the first byte is neither MQTT nor HTTP', protocol: 'unknown' }
    record({ accountId, code: 'protocol-error', at: now(), sourceIp: peer.sourceIp, details })
  }

  function onHandshakeFailure({ code, sourceIp }: { code: string; sourceIp?: string }): void {
    const source = sourceIp === undefined ? {} : { sourceIp }
    record({ accountId, code: 'handshake-failed', at: now(), ...source, details: { error: code } })
  }

  return { accountId, limits, onFirstBytes, onHandshakeFailure }
}

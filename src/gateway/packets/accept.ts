/** From a CONNECT that may come in to a connected client and its CONNACK. */
import type { Fabric, Message } from '../../fabric/index.ts'
import type { PublishEncoder } from '../codec/encode-publish.ts'
import { encodeConnack, type ConnackProperties } from '../codec/encode.ts'
import type { ConnectPacket } from '../codec/packets.ts'
import { denialDetails, type DenialReport } from '../denial.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Client } from '../mqtt/client.ts'
import type { Clients } from '../mqtt/clients.ts'
import type { Connection } from '../mqtt/connection.ts'
import { Deliveries } from '../mqtt/deliveries.ts'
import { Session } from '../mqtt/session.ts'
import type { Attempt } from './connect.ts'

export interface AcceptDeps {
  fabric: Pick<Fabric, 'subscribe'>
  clients: Clients
  encoder: PublishEncoder
  limits: GatewayLimits
}

type Granted = Required<Omit<Attempt, 'certificate'>>

/** Takes the client id over from whoever had it, then answers. */
export function acceptClient(granted: Granted, deps: AcceptDeps): void {
  const { connection, packet } = granted
  const client = createClient(granted, deps)
  const keepAliveSeconds = clampKeepAlive(packet.keepAliveSeconds, deps.limits)
  const previous = deps.clients.claim(client)
  previous?.end({ journal: 'client-replaced', disconnectCode: 0x8e }) // [MQTT-3.1.4-3]
  const properties =
    packet.version === 5 ? connackProperties(granted, keepAliveSeconds, deps.limits) : undefined
  connection.accept(client, encodeConnack(packet.version, 0, properties), keepAliveSeconds)
  const { serverName = '', tlsVersion = '' } = connection.peer
  connection.record('connected', { protocol: protocolNames[packet.version], tlsVersion, serverName })
}

const protocolNames = { 4: 'MQTT 3.1.1', 5: 'MQTT 5' } as const

function createClient(
  { connection, packet, clientId, authorization, rights }: Granted,
  deps: AcceptDeps,
): Client {
  const { peer, send, refuse, end } = connection
  const { fabric, clients } = deps
  const deliveries = createDeliveries({ connection, packet, rights }, deps)
  const session = new Session(peer.accountId, clientId, {
    fabric,
    deliver: (message, options) => deliveries.deliver(message, options),
  })
  const client: Client = {
    peer,
    clientId,
    thingName: authorization.thingName,
    version: packet.version,
    rights,
    session,
    deliveries,
    will: toMessage(connection, clientId, packet.will),
    send,
    refuse,
    end,
    release() {
      session.end()
      clients.release(client)
      authorization[Symbol.dispose]()
    },
  }
  return client
}

function createDeliveries(
  { connection, packet, rights }: Pick<Granted, 'connection' | 'packet' | 'rights'>,
  { encoder, limits }: AcceptDeps,
): Deliveries {
  const { send, isCongested, refuse } = connection
  const { receiveMaximum = limits.maxUnacknowledged, maximumPacketSize } = packet.properties
  const window = Math.min(receiveMaximum, limits.maxUnacknowledged)
  const inFlight = { window, maxWaiting: limits.maxQueuedMessages, maxWaitingBytes: limits.maxQueuedBytes }
  const maxPacketBytes = maximumPacketSize ?? Number.POSITIVE_INFINITY
  const reportDenial: DenialReport = (code, action, name) =>
    connection.record(code, denialDetails(rights, action, name))
  const { version } = packet
  return new Deliveries({
    version,
    rights,
    encoder,
    maxPacketBytes,
    inFlight,
    send,
    isCongested,
    reportDenial,
    refuse,
  })
}

function toMessage({ peer }: Connection, clientId: string, will: ConnectPacket['will']): Message | undefined {
  if (!will) return undefined
  const { accountId, certificateId, sourceIp } = peer
  const { topic, payload, qos, retain, properties } = will
  const publisher = { clientId, sourceIp, ...(certificateId !== undefined && { principal: certificateId }) }
  const message: Message = { accountId, topic, payload, qos: qos === 0 ? 0 : 1, retain, publisher }
  return properties ? { ...message, properties } : message
}

/** AWS General Reference: 0 and what is above the maximum mean the maximum, what is below the minimum the minimum. */
function clampKeepAlive(
  seconds: number,
  {
    minKeepAliveSeconds,
    maxKeepAliveSeconds,
  }: Pick<GatewayLimits, 'minKeepAliveSeconds' | 'maxKeepAliveSeconds'>,
): number {
  if (seconds === 0) return maxKeepAliveSeconds
  return Math.min(Math.max(seconds, minKeepAliveSeconds), maxKeepAliveSeconds)
}

/** What this server does not offer is said, so that clients do not ask for it. MQTT 5.0 3.2.2.3 */
function connackProperties(
  { packet, clientId }: Granted,
  keepAliveSeconds: number,
  { maxUnacknowledged, maxPacketBytes }: GatewayLimits,
): ConnackProperties {
  return {
    receiveMaximum: maxUnacknowledged,
    maximumQoS: 1,
    retainAvailable: true,
    maximumPacketSize: maxPacketBytes,
    wildcardSubscriptionAvailable: true,
    subscriptionIdentifiersAvailable: false,
    sharedSubscriptionAvailable: false,
    ...(packet.clientId === '' && { assignedClientIdentifier: clientId }), // [MQTT-3.2.2-16]
    ...(keepAliveSeconds !== packet.keepAliveSeconds && { serverKeepAlive: keepAliveSeconds }),
    ...((packet.properties.sessionExpiryInterval ?? 0) > 0 && { sessionExpiryInterval: 0 }),
  }
}

/** MQTT over the WebSocket of the console. */
import type { IPublishPacket, MqttClient, Packet } from 'mqtt'
import { checkSocket } from '../../api/call.ts'
import type { Message, Properties } from './traffic.ts'

/** In whose name: one's own, or with the rights of a device's certificate. */
export interface Identity {
  /** A certificate id. */
  actAs?: string | undefined
  /** What policies are asked about; the server gives one without it. */
  clientId?: string | undefined
}

/** What was refused, and what would grant it. */
export interface Denial {
  reason: string
  decision?: string
  /** A policy statement, in JSON. */
  suggestion?: string
}

export class DenialError extends Error {
  override readonly name = 'DenialError'
  readonly denial: Denial

  constructor(denial: Denial) {
    super(denial.reason)
    this.denial = denial
  }
}

export interface GuestEvents {
  /** `clientId` is what the connection is called, another one than what policies are asked about. */
  onConnected: (clientId: string) => void
  onMessage: (message: Omit<Message, 'id'>) => void
  onDenied: (denial: Denial) => void
  /** Once; nothing is heard after it. */
  onClosed: () => void
}

export interface Publication {
  topic: string
  payload: Uint8Array
  qos: 0 | 1 | 2
  isRetained: boolean
  properties: Properties | undefined
}

export interface Guest extends Disposable {
  /** @throws {DenialError} */
  subscribe: (filter: string, qos: 0 | 1 | 2) => Promise<void>
  unsubscribe: (filter: string) => Promise<unknown>
  /** @throws {DenialError} with QoS 0 the connection ends instead, as a device's does */
  publish: (publication: Publication) => Promise<void>
}

/** Where the server tells of messages that the right to receive is missing for. */
const denialTopic = '$muster/denied'
const keepaliveSeconds = 60

/** @throws {ApiError} when the server would not open it */
export async function openGuest({ actAs, clientId = '' }: Identity, events: GuestEvents): Promise<Guest> {
  const query = actAs === undefined ? '' : `?actAs=${encodeURIComponent(actAs)}`
  await checkSocket(query)
  const url = `${location.origin.replace(/^http/, 'ws')}/console/mqtt${query}`
  const { default: mqtt } = await import('mqtt')
  const client = mqtt.connect(url, {
    protocolVersion: 5,
    clientId,
    clean: true,
    keepalive: keepaliveSeconds,
    reconnectPeriod: 0,
    queueQoSZero: false,
    timerVariant: 'native', // a worker made from text is not let in by the pages' policy
  })
  listen(client, events)
  return {
    subscribe: (filter, qos) => subscribe(client, filter, qos),
    unsubscribe: (filter) => client.unsubscribeAsync(filter),
    publish: (publication) => publish(client, publication),
    [Symbol.dispose]: () => void client.end(true),
  }
}

function listen(client: MqttClient, { onConnected, onMessage, onDenied, onClosed }: GuestEvents): void {
  client.on('error', () => {}) // the packet, or the close, says what it is about
  client.on('connect', ({ properties }) =>
    onConnected(properties?.assignedClientIdentifier ?? client.options.clientId ?? ''),
  )
  client.on('packetreceive', (packet) => {
    const isRefusal =
      (packet.cmd === 'connack' || packet.cmd === 'disconnect') && (packet.reasonCode ?? 0) > 0
    if (isRefusal)
      onDenied(denialOf(packet, `the connection was refused or ended (0x${packet.reasonCode?.toString(16)})`))
  })
  client.on('message', (topic, payload, packet) => {
    if (topic === denialTopic) onDenied(readDenial(payload))
    else onMessage(toMessage(topic, payload, packet))
  })
  client.once('close', onClosed)
}

function toMessage(topic: string, payload: Uint8Array, { qos, retain, properties }: IPublishPacket) {
  const known = properties as Properties | undefined
  return {
    at: Date.now(),
    topic,
    payload: Uint8Array.from(payload),
    qos,
    isRetained: retain,
    properties: known,
  }
}

function subscribe(client: MqttClient, filter: string, qos: 0 | 1 | 2): Promise<void> {
  return new Promise((resolve, reject) => {
    client.subscribe(filter, { qos }, (error, _granted, packet) =>
      error ? reject(new DenialError(denialOf(packet, error.message))) : resolve(),
    )
  })
}

function publish(
  client: MqttClient,
  { topic, payload, qos, isRetained, properties }: Publication,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { qos, retain: isRetained, ...(properties && { properties: properties as object }) }
    client.publish(topic, payload as Buffer, options, (error, packet) =>
      error ? reject(new DenialError(denialOf(packet, error.message))) : resolve(),
    )
  })
}

interface Told {
  properties?: { reasonString?: string; userProperties?: Record<string, string | string[]> }
}

function denialOf(packet: Packet | undefined, fallback: string): Denial {
  const { reasonString, userProperties = {} } = (packet as Told | undefined)?.properties ?? {}
  const { decision, suggestion } = userProperties
  return {
    reason: reasonString ?? fallback,
    ...(typeof decision === 'string' && { decision }),
    ...(typeof suggestion === 'string' && { suggestion }),
  }
}

function readDenial(payload: Uint8Array): Denial {
  const { action, resource, decision, suggestion } = JSON.parse(new TextDecoder().decode(payload)) as Record<
    string,
    string
  >
  return {
    reason: `A message was not received: ${action} on ${resource} is not allowed`,
    ...(decision !== undefined && { decision }),
    ...(suggestion !== undefined && { suggestion }),
  }
}

/** MQTT over the console's WebSocket, as its page speaks it. */
import mqtt, { type IClientOptions, type IConnackPacket, type MqttClient, type Packet } from 'mqtt'
import { WebSocket } from 'ws'
import type { Visitor } from './visitor.ts'

export interface GuestOptions {
  /** A certificate id. */
  actAs?: string
  headers?: Record<string, string | undefined>
  mqtt?: Partial<IClientOptions>
}

export interface MqttGuest {
  client: MqttClient
  connack: IConnackPacket
  /** Every packet that the server sent. */
  packets: Packet[]
  closed: Promise<boolean>
}

const urlOf = ({ origin }: Visitor, actAs: string | undefined) =>
  `${origin.replace('http', 'ws')}/console/mqtt${actAs === undefined ? '' : `?actAs=${actAs}`}`

function headersOf(visitor: Visitor, headers: GuestOptions['headers'] = {}): Record<string, string> {
  const given = { origin: visitor.origin, cookie: visitor.cookie, ...headers }
  const named = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(named)
}

/** Resolves with the HTTP status of the answer: 101 when the WebSocket was opened. */
export async function askForSocket(visitor: Visitor, { actAs, headers }: GuestOptions = {}): Promise<number> {
  const socket = new WebSocket(urlOf(visitor, actAs), ['mqtt'], { headers: headersOf(visitor, headers) })
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.once('open', () => {
      socket.terminate()
      resolve(101)
    })
  })
}

/** Resolves once the server has granted, or refused, CONNECT. */
export async function connectGuest(visitor: Visitor, options: GuestOptions = {}): Promise<MqttGuest> {
  const client = mqtt.connect(urlOf(visitor, options.actAs), {
    protocolVersion: 5,
    clientId: '',
    reconnectPeriod: 0,
    wsOptions: { headers: headersOf(visitor, options.headers) },
    ...options.mqtt,
  })
  client.on('error', () => {})
  const packets: Packet[] = []
  client.on('packetreceive', (packet) => packets.push(packet))
  const closed = new Promise<boolean>((resolve) => client.once('close', () => resolve(true)))
  const connack = await new Promise<IConnackPacket>((resolve) =>
    client.once('packetreceive', (packet) => resolve(packet as IConnackPacket)),
  )
  return { client, connack, packets, closed }
}

/** Clients of WebSockets for tests: bare ones, and MQTT.js. */
import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { WebSocket, type ClientOptions } from 'ws'
import { Received } from './received.ts'
import { device, serverRoot } from './test-gateway.ts'

export const deviceIdentity = { ca: serverRoot, cert: device.certificatePem, key: device.privateKeyPem }
export const noIdentity = { ca: serverRoot }

export interface Frames {
  webSocket: WebSocket
  send: (data: Uint8Array | string) => void
  /** Resolves with all bytes that came so far in binary frames once there are that many. */
  receive: (bytes: number) => Promise<Buffer>
  /** The code of the close frame; 1006 without one. */
  closed: Promise<number>
}

/** Resolves when the WebSocket is open. */
export async function openFrames(url: string, options: ClientOptions = deviceIdentity): Promise<Frames> {
  const webSocket = new WebSocket(url, ['mqtt'], options)
  const received = new Received()
  webSocket.on('message', (data: Buffer) => received.push(data))
  webSocket.on('error', () => {})
  const closed = new Promise<number>((resolve) => webSocket.once('close', resolve))
  await once(webSocket, 'open')
  return {
    webSocket,
    send: (data) => webSocket.send(data),
    receive: (bytes) => received.atLeast(bytes),
    closed,
  }
}

/** MQTT.js over a WebSocket at exactly this URL. */
export async function connectOver(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const base: IClientOptions = { reconnectPeriod: 0, connectTimeout: 3000, clientId: 'lamp-1', ...noIdentity }
  const client = await connectAsync(url, { ...base, ...options, transformWsUrl: () => url }, false)
  client.on('error', () => {})
  return client
}

/** What the server answers to a request head, and to nothing else, until it closes or opens a WebSocket. */
export async function askUpgrade(port: number, head: string[], identity: object = deviceIdentity) {
  const socket: TLSSocket = connectTls({ host: '127.0.0.1', servername: 'localhost', port, ...identity })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  socket.write([...head, '', ''].join('\r\n'))
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.startsWith('HTTP/1.1 101')) break
  }
  socket.destroy()
  const [first = '', ...rest] = text.split('\r\n')
  return { status: Number(first.split(' ')[1]), text: rest.join('\n') }
}

export const upgradeHead = (target = '/mqtt', change: Record<string, string | undefined> = {}) => {
  const headers: Record<string, string | undefined> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'mqtt',
    ...change,
  }
  const lines = Object.entries(headers).filter(([, value]) => value !== undefined)
  return [`GET ${target} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)]
}

/** Topic and payload of the next message. */
export function nextMessage(client: MqttClient): Promise<[topic: string, payload: Buffer]> {
  return new Promise((resolve) => client.once('message', (topic, payload) => resolve([topic, payload])))
}

/** @throws {AggregateError} when the gateway logged what was nobody's mistake but its own */
export function failOnErrors({ errors }: { errors: readonly unknown[] }): void {
  if (errors.length > 0) throw new AggregateError(errors, 'the gateway logged errors')
}

/** Clients at the port for MQTT: MQTT.js, and bare connections for handmade bytes. */
import { once } from 'node:events'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { makeCa, type TestCertificate } from '../../../../test/helpers/certificates.ts'
import { connectPacket, toBytes } from './raw-packets.ts'
import { Received } from './received.ts'

const serverCa = makeCa({ subject: 'CN=Server Root' })
/** PEM of what clients of the test gateway trust. */
export const serverRoot = serverCa.certificatePem
export const server = serverCa.issue({
  subject: 'CN=localhost',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
})
const deviceCa = makeCa({ subject: 'CN=Device CA' })
export const device = deviceCa.issue({ subject: 'CN=lamp-1' })

const tlsIdentity = ({ certificatePem, privateKeyPem }: TestCertificate) => ({
  ca: serverCa.certificatePem,
  cert: certificatePem,
  key: privateKeyPem,
})

/** MQTT.js, over mutual TLS as `lamp-1`; rejects when the connection is refused. */
export async function connectClient(port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const base: IClientOptions = {
    ...tlsIdentity(device),
    reconnectPeriod: 0,
    connectTimeout: 3000,
    clientId: 'lamp-1',
  }
  const client = await connectAsync(`mqtts://localhost:${port}`, { ...base, ...options }, false)
  client.on('error', () => {})
  return client
}

export interface Wire {
  socket: TLSSocket
  send: (...bytes: (number | string | Uint8Array)[]) => void
  /** Resolves with the bytes received so far once there are that many. */
  receive: (bytes: number) => Promise<Buffer>
  /** Everything received until the server closed. */
  closed: Promise<Buffer>
}

/** A bare TLS connection for handmade bytes. */
export async function dial(port: number, tls: ConnectionOptions = {}): Promise<Wire> {
  const socket = connectTls({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    ...tlsIdentity(device),
    ...tls,
  })
  const received = new Received()
  socket.on('data', (chunk: Buffer) => received.push(chunk))
  socket.on('error', () => {})
  const closed = new Promise<Buffer>((resolve) => socket.once('close', () => resolve(received.bytes)))
  await once(socket, 'secureConnect')
  return {
    socket,
    send: (...bytes) => void socket.write(toBytes(bytes)),
    receive: (count) => received.atLeast(count),
    closed,
  }
}

const connacks = { v3: 4, v5: 22 } as const

/** A raw client that is let in; `read` and `rest` give what came after CONNACK, as hexadecimal digits. */
export async function enter(gateway: { dial: () => Promise<Wire> }, version: 'v3' | 'v5', clientId = 'raw') {
  const wire = await gateway.dial()
  wire.send(connectPacket[version](clientId))
  const head = await wire.receive(connacks[version])
  const skip = head.length
  const read = async (bytes: number) => (await wire.receive(skip + bytes)).subarray(skip).toString('hex')
  const rest = async () => (await wire.closed).subarray(skip).toString('hex')
  return { ...wire, read, rest }
}

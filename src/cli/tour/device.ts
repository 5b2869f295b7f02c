/** The device of the tour: MQTT 3.1.1 over mutual TLS, just enough to connect and publish once. */
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { generate, parser, type Packet } from 'mqtt-packet'
import type { Issued } from './certificates.ts'

export interface DeviceOptions extends Issued {
  host: string
  port: number
  serverName: string
  /** The root certificate that the device trusts. */
  rootCa: string
  clientId: string
}

const timeoutMs = 10_000

/**
 * Connects, publishes `payload` at QoS 1, and resolves after the PUBACK and a DISCONNECT.
 * @throws {Error} saying at which packet the server closed or refused
 */
export async function publishOnce(options: DeviceOptions, topic: string, payload: string): Promise<void> {
  const { certificatePem, privateKeyPem, rootCa, host, port, serverName, clientId } = options
  const socket = connect({
    host,
    port,
    servername: serverName,
    ca: rootCa,
    cert: certificatePem,
    key: privateKeyPem,
  })
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
  try {
    await once(socket, 'secureConnect')
    const packets = readPackets(socket)
    socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId,
        keepalive: 30,
      }),
    )
    const connack = await packets('connack')
    if (connack.cmd === 'connack' && connack.returnCode !== 0)
      throw new Error(`CONNACK ${connack.returnCode}`)
    socket.write(
      generate({ cmd: 'publish', topic, payload, qos: 1, messageId: 1, dup: false, retain: false }),
    )
    await packets('puback')
    socket.end(generate({ cmd: 'disconnect' }))
    await once(socket, 'close')
  } finally {
    socket.destroy()
  }
}

/** A function that resolves with the next packet, which must be of the given kind. */
function readPackets(socket: TLSSocket): (expected: Packet['cmd']) => Promise<Packet> {
  const packetParser = parser()
  const received: Packet[] = []
  packetParser.on('packet', (packet) => received.push(packet))
  socket.on('data', (chunk: Buffer) => packetParser.parse(chunk))
  return async (expected) => {
    while (received.length === 0) {
      const [closed] = await Promise.race([
        once(socket, 'data').then(() => [false]),
        once(socket, 'close').then(() => [true]),
      ])
      if (closed && received.length === 0)
        throw new Error(`the server closed the connection instead of sending ${expected.toUpperCase()}`)
    }
    const packet = received.shift()
    if (packet?.cmd !== expected)
      throw new Error(`expected ${expected.toUpperCase()}, got ${packet?.cmd.toUpperCase()}`)
    return packet
  }
}

/**
 * An MQTT client that costs as little as can be, so that the load does not bound what is measured: it counts
 * deliveries, acknowledges QoS 1 once for each chunk of bytes, and keeps nothing.
 */
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { generate } from 'mqtt-packet'

export interface BenchDevice {
  clientId: string
  certificatePem: string
  privateKeyPem: string
}

export interface RawTarget {
  port: number
  ca: string
  /** Key exchange groups on offer. */
  groups?: string
}

export type MqttVersion = 4 | 5

/** By the first four bits of a packet. */
const connack = 2
const publish = 3
const puback = 4
const suback = 9

export class RawClient {
  readonly socket: TLSSocket
  readonly version: MqttVersion
  /** Calls with how many PUBLISH packets came in one chunk. */
  onDeliveries: (count: number) => void = () => {}
  onPubacks: (count: number) => void = () => {}
  onClosed: () => void = () => {}
  isClosed = false
  #rest: Buffer | undefined
  #packetId = 0
  #answer: PromiseWithResolvers<void> | undefined

  constructor(socket: TLSSocket, version: MqttVersion) {
    this.socket = socket
    this.version = version
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.isClosed = true
      this.#answer?.reject(new Error('the server closed the connection'))
      this.onClosed()
    })
  }

  /** Resolves with the CONNACK. */
  connect(clientId: string, isPersistent = false): Promise<void> {
    const answer = this.#expectAnswer()
    const packet = { cmd: 'connect', protocolId: 'MQTT', keepalive: 600, clientId } as const
    const sessionExpiryInterval = isPersistent ? 3600 : 0
    const properties = { receiveMaximum: 65_535, sessionExpiryInterval }
    const options = { protocolVersion: this.version, clean: !isPersistent }
    this.socket.write(generate({ ...packet, ...options, ...(this.version === 5 && { properties }) }, options))
    return answer
  }

  /** Resolves with the SUBACK. @throws {Error} when it refuses */
  subscribe(topic: string, qos: 0 | 1): Promise<void> {
    const answer = this.#expectAnswer()
    const subscriptions = [{ topic, qos }]
    const options = { protocolVersion: this.version }
    this.socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }, options))
    return answer
  }

  /** Writes `template` so many times, each QoS 1 packet with an id of its own, at once or as single TLS records. */
  publish({ packet, idAt }: Template, count: number, isSingle: boolean): void {
    const bytes = packet.length
    const together = Buffer.allocUnsafe(bytes * count)
    for (let index = 0; index < count; index += 1) {
      packet.copy(together, index * bytes)
      if (idAt > 0) together.writeUInt16BE(this.#nextPacketId(), index * bytes + idAt)
    }
    if (!isSingle) return void this.socket.write(together)
    for (let at = 0; at < together.length; at += bytes) this.socket.write(together.subarray(at, at + bytes))
  }

  /** Resolves when the connection is closed, in order. */
  end(): Promise<void> {
    if (this.isClosed) return Promise.resolve()
    const closed = new Promise<void>((resolve) => this.socket.once('close', () => resolve()))
    this.socket.end(Buffer.from([0xe0, 0]))
    return closed
  }

  #nextPacketId(): number {
    this.#packetId = (this.#packetId % 65_535) + 1
    return this.#packetId
  }

  #expectAnswer(): Promise<void> {
    this.#answer = Promise.withResolvers()
    return this.#answer.promise
  }

  #take(chunk: Buffer): void {
    const buffer = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = undefined
    let deliveries = 0
    let pubacks = 0
    const acknowledgements: number[] = []
    let at = 0
    while (at < buffer.length) {
      const header = buffer[at]!
      const { bodyAt, end } = measure(buffer, at)
      if (end > buffer.length) break
      const type = header >> 4
      if (type === publish) {
        deliveries += 1
        if ((header & 6) === 2) {
          const idAt = bodyAt + 2 + ((buffer[bodyAt]! << 8) | buffer[bodyAt + 1]!)
          acknowledgements.push(0x40, 2, buffer[idAt]!, buffer[idAt + 1]!)
        }
      } else if (type === puback) pubacks += 1
      else if (type === connack) this.#answered(buffer[bodyAt + 1]!)
      else if (type === suback) this.#answered(buffer[end - 1]! & 0x80)
      at = end
    }
    if (at < buffer.length) this.#rest = Buffer.from(buffer.subarray(at))
    if (acknowledgements.length > 0) this.socket.write(Buffer.from(acknowledgements))
    if (deliveries > 0) this.onDeliveries(deliveries)
    if (pubacks > 0) this.onPubacks(pubacks)
  }

  #answered(code: number): void {
    if (code === 0) this.#answer?.resolve()
    else this.#answer?.reject(new Error(`the server refused with ${code}`))
  }
}

/** Where a packet's body begins and where it ends; past the buffer when it is not all there. */
function measure(buffer: Buffer, start: number): { bodyAt: number; end: number } {
  let at = start + 1
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = buffer[at++]
    if (byte === undefined) return { bodyAt: at, end: Number.POSITIVE_INFINITY }
    length |= (byte & 0x7f) << shift
    if (byte < 0x80) return { bodyAt: at, end: at + length }
  }
}

export interface Template {
  packet: Buffer
  /** Where the packet id stands; 0 with QoS 0. */
  idAt: number
}

export function publishTemplate(
  topic: string,
  options: { qos: 0 | 1; version: MqttVersion; payloadBytes: number },
): Template {
  const { qos, version, payloadBytes } = options
  const packet = generate(
    {
      cmd: 'publish',
      topic,
      payload: Buffer.alloc(payloadBytes, 0x61),
      qos,
      dup: false,
      retain: false,
      messageId: 1,
    },
    { protocolVersion: version },
  )
  const { bodyAt } = measure(packet, 0)
  return { packet, idAt: qos === 0 ? 0 : bodyAt + 2 + Buffer.byteLength(topic) }
}

/** Resolves with a client whose CONNECT was granted. */
export async function connectRaw(
  target: RawTarget,
  device: BenchDevice,
  options: { version?: MqttVersion; isPersistent?: boolean; onDeliveries?: RawClient['onDeliveries'] } = {},
): Promise<RawClient> {
  const { version = 4, isPersistent = false, onDeliveries } = options
  const socket = await openTls(target, device)
  const client = new RawClient(socket, version)
  if (onDeliveries) client.onDeliveries = onDeliveries // what has waited comes right behind the CONNACK
  await client.connect(device.clientId, isPersistent)
  return client
}

function openTls({ port, ca, groups }: RawTarget, device: BenchDevice): Promise<TLSSocket> {
  const secureContext = contextOf(ca, device, groups)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', secureContext })
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function contextOf(ca: string, device: BenchDevice, groups: string | undefined): SecureContext {
  const { certificatePem: cert, privateKeyPem: key } = device
  return createSecureContext({ ca, cert, key, ...(groups !== undefined && { ecdhCurve: groups }) })
}

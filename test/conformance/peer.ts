/** A client made of bytes: it sends what it is told and reads by another parser than the server's. */
import { generate, parser, type IConnectPacket, type Packet } from 'mqtt-packet'
import type { TestGateway } from '../../src/gateway/ports/testing/test-gateway.ts'

export type Version = 4 | 5

export interface Peer {
  /** Bytes as they are, packets as the version writes them. */
  send: (...packets: (Packet | Uint8Array)[]) => void
  /** The next packet; rejects when the server closes instead. */
  next: () => Promise<Packet>
  /** The packets until the server closes. */
  rest: () => Promise<Packet[]>
  /** The packets that answer what was sent before, what is retained among them. */
  settled: () => Promise<Packet[]>
  /** As when the network fails. */
  drop: () => void
  /** No more bytes of its own; resolves when the server has closed too. */
  end: () => Promise<void>
}

/** Connected by TLS, nothing sent. */
export async function dialPeer(gateway: TestGateway, version: Version): Promise<Peer> {
  const wire = await gateway.dial()
  const packets: Packet[] = []
  let look = () => {}
  let isClosed = false
  const reader = parser({ protocolVersion: version })
  reader.on('packet', (packet) => void packets.push(packet))
  wire.socket.on('data', (chunk: Buffer) => {
    reader.parse(chunk)
    look()
  })
  void wire.closed.then(() => {
    isClosed = true
    look()
  })

  const until = (isReached: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => void (isReached() && resolve())
      look()
    })

  async function next(): Promise<Packet> {
    await until(() => packets.length > 0 || isClosed)
    const packet = packets.shift()
    if (!packet) throw new Error('the server closed the connection')
    return packet
  }

  async function untilPinged(): Promise<Packet[]> {
    peer.send({ cmd: 'pingreq' })
    const before: Packet[] = []
    for (;;) {
      const packet = await next()
      if (packet.cmd === 'pingresp') return before
      before.push(packet)
    }
  }

  const peer: Peer = {
    send(...all) {
      const bytes = all.map((one) => ('cmd' in one ? generate(one, { protocolVersion: version }) : one))
      wire.socket.write(Buffer.concat(bytes))
    },
    next,
    async rest() {
      await until(() => isClosed)
      return packets.splice(0)
    },
    async settled() {
      const before = await untilPinged()
      await gateway.answered() // what is retained is read first
      return [...before, ...(await untilPinged())]
    },
    drop: () => void wire.socket.destroy(),
    async end() {
      wire.socket.end()
      await wire.closed
    },
  }
  return peer
}

export function connectPacketOf(version: Version, more: Partial<IConnectPacket> = {}): Packet {
  const base = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: version, clean: true } as const
  return { ...base, clientId: 'peer', keepalive: 60, ...more }
}

/** Connected, with the CONNACK that said so. */
export async function enter(
  gateway: TestGateway,
  version: Version,
  more: Partial<IConnectPacket> = {},
): Promise<Peer & { connack: Packet }> {
  const peer = await dialPeer(gateway, version)
  peer.send(connectPacketOf(version, more))
  const connack = await peer.next()
  if (connack.cmd !== 'connack') throw new Error(`${connack.cmd} instead of CONNACK`)
  return { ...peer, connack }
}

export type SubscribeOptions = { qos?: 0 | 1 | 2; nl?: boolean; rap?: boolean; rh?: 0 | 1 | 2 }

export function subscribePacket(
  topics: string | readonly string[],
  options: SubscribeOptions & { subscriptionIdentifier?: number; messageId?: number } = {},
): Packet {
  const { messageId = 1, subscriptionIdentifier, qos = 1, ...others } = options
  const subscriptions = [topics].flat().map((topic) => ({ topic, qos, ...others }))
  const properties = subscriptionIdentifier === undefined ? {} : { properties: { subscriptionIdentifier } }
  return { cmd: 'subscribe', messageId, subscriptions, ...properties } as Packet
}

export function publishPacket(topic: string, payload: string, more: object = {}): Packet {
  const base = {
    cmd: 'publish',
    topic,
    payload: Buffer.from(payload),
    qos: 0,
    retain: false,
    dup: false,
  } as const
  return { ...base, ...more } as Packet
}

/** Subscribes and takes the answer. */
/** Resolves with what answers the SUBSCRIBE; a PUBACK that waited for the disk may come before it. */
export async function subscribed(
  peer: Peer,
  topics: string | readonly string[],
  options?: Parameters<typeof subscribePacket>[1],
): Promise<Packet> {
  peer.send(subscribePacket(topics, options))
  for (;;) {
    const packet = await peer.next()
    if (packet.cmd !== 'puback') return packet
  }
}

/** What matters of PUBLISH packets. */
export const textsOf = (packets: readonly Packet[]): string[] =>
  packets.filter((one) => one.cmd === 'publish').map((one) => one.payload.toString())

/** The next messages, as many as asked for; other packets are passed over. */
export async function messagesOf(peer: Peer, count: number): Promise<(Packet & { cmd: 'publish' })[]> {
  const messages: (Packet & { cmd: 'publish' })[] = []
  while (messages.length < count) {
    const packet = await peer.next()
    if (packet.cmd === 'publish') messages.push(packet)
  }
  return messages
}

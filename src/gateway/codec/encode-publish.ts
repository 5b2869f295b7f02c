import { generate } from 'mqtt-packet'
import type { Message, MessageProperties } from '../../fabric/index.ts'
import type { ProtocolVersion } from './packets.ts'

type Qos = 0 | 1

/** Encodings of one message, by protocol version, QoS, and retain flag, made when first asked for. */
interface Encodings {
  message: Message
  forms: (Buffer | undefined)[]
}

/**
 * Turns messages into PUBLISH packets. Deliveries of one message follow each other, so remembering the last
 * message is enough to encode it once for all its receivers.
 */
export class PublishEncoder {
  #last: Encodings | undefined

  /** `wire` is the packet that brought the message: QoS 0 receivers of that version get its very bytes. */
  remember(message: Message, version: ProtocolVersion, wire: Uint8Array | undefined): void {
    this.#last = { message, forms: [] }
    if (wire) this.#last.forms[formIndex(version, 0, false)] = wire as Buffer
  }

  /** Shared by all receivers: never write to it. */
  encodeQos0(message: Message, version: ProtocolVersion, retain: boolean): Buffer {
    return this.#form(message, version, 0, retain)
  }

  /** A packet of its own, because the packet id differs. */
  encodeQos1(message: Message, version: ProtocolVersion, retain: boolean, packetId: number): Buffer {
    const form = Buffer.from(this.#form(message, version, 1, retain))
    form.writeUInt16BE(packetId, packetIdOffset(form))
    return form
  }

  #form(message: Message, version: ProtocolVersion, qos: Qos, retain: boolean): Buffer {
    if (this.#last?.message !== message) this.#last = { message, forms: [] }
    const index = formIndex(version, qos, retain)
    return (this.#last.forms[index] ??= encode(message, version, qos, retain))
  }
}

const formIndex = (version: ProtocolVersion, qos: Qos, retain: boolean): number =>
  (version - 4) * 4 + qos * 2 + (retain ? 1 : 0)

function packetIdOffset(packet: Buffer): number {
  let at = 1
  while ((packet[at++] ?? 0) >= 0x80); // the remaining length
  return at + 2 + packet.readUInt16BE(at)
}

function encode(message: Message, version: ProtocolVersion, qos: Qos, retain: boolean): Buffer {
  const { topic, payload, properties } = message
  if (version === 5 && properties && Object.keys(properties).length > 0) {
    return encodeWithProperties(message, properties, qos, retain)
  }
  const topicBytes = Buffer.byteLength(topic)
  const remaining = 2 + topicBytes + (qos === 1 ? 2 : 0) + (version === 5 ? 1 : 0) + payload.length
  const packet = Buffer.allocUnsafe(1 + lengthBytes(remaining) + remaining)
  let at = packet.writeUInt8(0x30 | (qos << 1) | (retain ? 1 : 0), 0)
  at = writeLength(packet, remaining, at)
  at = packet.writeUInt16BE(topicBytes, at)
  at += packet.write(topic, at)
  if (qos === 1) at = packet.writeUInt16BE(0, at)
  if (version === 5) at = packet.writeUInt8(0, at)
  packet.set(payload, at)
  return packet
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Properties are rare and manifold, so the library writes them. */
function encodeWithProperties(
  message: Message,
  properties: MessageProperties,
  qos: Qos,
  retain: boolean,
): Buffer {
  const { correlationData, ...others } = properties
  const fields = correlationData ? { ...others, correlationData: asBuffer(correlationData) } : others
  const { topic } = message
  const payload = asBuffer(message.payload)
  const packet = {
    cmd: 'publish',
    topic,
    payload,
    qos,
    retain,
    dup: false,
    messageId: 1,
    properties: fields,
  } as const
  return generate(packet, { protocolVersion: 5 })
}

function lengthBytes(length: number): number {
  if (length < 0x80) return 1
  if (length < 0x4000) return 2
  return length < 0x20_0000 ? 3 : 4
}

function writeLength(packet: Buffer, length: number, offset: number): number {
  let at = offset
  let rest = length
  for (; rest >= 0x80; rest >>>= 7) packet[at++] = (rest & 0x7f) | 0x80
  packet[at++] = rest
  return at
}

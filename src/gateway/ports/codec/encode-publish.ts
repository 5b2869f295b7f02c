import type { Message, MessageProperties } from '../../../fabric/in-process/index.ts'
import { lengthBytes, propertyBytes, writeLength } from './packet-writer.ts'
import type { ProtocolVersion } from './packets.ts'

/** What one delivery of a message looks like; everything else is the message's. */
export interface DeliveryForm {
  version: ProtocolVersion
  qos: 0 | 1 | 2
  retain: boolean
  /** Not written with QoS 0. */
  packetId: number
  isDuplicate: boolean
  /** MQTT 5: the alias that stands for the topic, or is given to it. */
  topicAlias?: number | undefined
  /** The client knows the alias, so the topic is left out. */
  isTopicOmitted?: boolean | undefined
  /** What is left of the message's life, where it has waited. [MQTT-3.3.2-6] */
  expirySeconds?: number | undefined
  /** Of the subscriptions that match. [MQTT-3.3.4-3] */
  subscriptionIdentifiers?: readonly number[] | undefined
}

/** What one receiver's packet has of its own where all other bytes are shared. */
export interface Stamp {
  /** The first byte: type and flags. */
  header: number
  packetId: number
  packetIdAt: number
}

export interface StampedPacket {
  /** Shared by all receivers: never write to it, but to a copy. */
  packet: Buffer
  stamp: Stamp
}

/** Encodings of one message, made when first asked for. */
interface Encodings {
  message: Message
  /** By protocol version, QoS, and retain flag. */
  forms: (Buffer | undefined)[]
  /** The properties that are the same for all receivers: all but the expiry. */
  properties: Buffer | undefined
}

/**
 * Turns messages into PUBLISH packets. Deliveries of one message follow each other, so remembering the last
 * message is enough to encode it once for all its receivers.
 */
export class PublishEncoder {
  #last: Encodings | undefined

  /** `wire` is the packet that brought the message: QoS 0 receivers of that version get its very bytes. */
  remember(message: Message, version: ProtocolVersion, wire: Uint8Array | undefined): void {
    this.#last = { message, forms: [], properties: undefined }
    if (wire) this.#last.forms[formIndex(version, 0, false)] = wire as Buffer
  }

  /** With QoS 0 it may be shared by many receivers: never write to it. */
  encode(message: Message, form: DeliveryForm): Buffer {
    if (form.version === 5 && isOwn(form))
      return encodeOwn(message, form, sharedProperties(this.#of(message)))
    return form.qos === 0 ? this.#shared(message, form) : copyStamped(this.#stamped(message, form))
  }

  /** For QoS 1 and 2, so that nothing is copied for one receiver; `undefined` when its packet differs in more. */
  encodeStamped(message: Message, form: DeliveryForm): StampedPacket | undefined {
    return form.version === 5 && isOwn(form) ? undefined : this.#stamped(message, form)
  }

  /** Shared by all receivers: never write to it. */
  encodeQos0(message: Message, version: ProtocolVersion, retain: boolean): Buffer {
    return this.encode(message, { version, qos: 0, retain, packetId: 0, isDuplicate: false })
  }

  #stamped(message: Message, form: DeliveryForm): StampedPacket {
    const packet = this.#shared(message, form)
    const header = (packet[0] ?? 0) | (form.isDuplicate ? 8 : 0)
    return { packet, stamp: { header, packetId: form.packetId, packetIdAt: packetIdOffset(packet) } }
  }

  #shared(message: Message, { version, qos, retain }: DeliveryForm): Buffer {
    const last = this.#of(message)
    return (last.forms[formIndex(version, qos, retain)] ??= encodeShared(last, version, qos, retain))
  }

  #of(message: Message): Encodings {
    if (this.#last?.message === message) return this.#last
    return (this.#last = { message, forms: [], properties: undefined })
  }
}

const formIndex = (version: ProtocolVersion, qos: number, retain: boolean): number =>
  (version - 4) * 6 + qos * 2 + (retain ? 1 : 0)

/** True when the packet differs from that of other receivers in more than packet id and DUP flag. */
const isOwn = (form: DeliveryForm): boolean =>
  form.topicAlias !== undefined ||
  form.expirySeconds !== undefined ||
  form.subscriptionIdentifiers !== undefined

function copyStamped({ packet, stamp }: StampedPacket): Buffer {
  const copy = Buffer.from(packet)
  writeStamp(copy, 0, stamp)
  return copy
}

/** `packet` is a copy that begins at `start`. */
export function writeStamp(packet: Buffer, start: number, { header, packetId, packetIdAt }: Stamp): void {
  packet[start] = header
  packet.writeUInt16BE(packetId, start + packetIdAt)
}

function packetIdOffset(packet: Buffer): number {
  let at = 1
  while ((packet[at++] ?? 0) >= 0x80); // the remaining length
  return at + 2 + packet.readUInt16BE(at)
}

const nothing = Buffer.alloc(0)

function sharedProperties(encodings: Encodings): Buffer {
  return (encodings.properties ??= encodeProperties(encodings.message.properties))
}

function encodeProperties(properties: MessageProperties | undefined): Buffer {
  if (!properties) return nothing
  const { messageExpiryInterval: _, ...others } = properties
  return propertyBytes(others)
}

function encodeShared(
  encodings: Encodings,
  version: ProtocolVersion,
  qos: 0 | 1 | 2,
  retain: boolean,
): Buffer {
  const { message } = encodings
  const form = { version, qos, retain, packetId: 0, isDuplicate: false }
  if (version === 5) return encodeOwn(message, form, sharedProperties(encodings))
  return writePublish(message, form, undefined)
}

function encodeOwn(message: Message, form: DeliveryForm, shared: Buffer): Buffer {
  const { topicAlias, subscriptionIdentifiers } = form
  const messageExpiryInterval = form.expirySeconds ?? message.properties?.messageExpiryInterval
  if (messageExpiryInterval === undefined && topicAlias === undefined && !subscriptionIdentifiers)
    return writePublish(message, form, shared)
  const own = propertyBytes({
    ...(messageExpiryInterval !== undefined && { messageExpiryInterval }),
    ...(topicAlias !== undefined && { topicAlias }),
  })
  const identifiers = (subscriptionIdentifiers ?? []).map((id) =>
    propertyBytes({ subscriptionIdentifier: id }),
  )
  return writePublish(message, form, Buffer.concat([own, ...identifiers, shared]))
}

/** `properties` without their length; `undefined` for 3.1.1, which has none. */
function writePublish(
  { topic, payload }: Message,
  { qos, retain, packetId, isDuplicate, isTopicOmitted = false }: DeliveryForm,
  properties: Buffer | undefined,
): Buffer {
  const topicBytes = isTopicOmitted ? 0 : Buffer.byteLength(topic)
  const propertyLength = properties ? lengthBytes(properties.length) + properties.length : 0
  const remaining = 2 + topicBytes + (qos > 0 ? 2 : 0) + propertyLength + payload.length
  const packet = Buffer.allocUnsafe(1 + lengthBytes(remaining) + remaining)
  packet[0] = 0x30 | (isDuplicate ? 8 : 0) | (qos << 1) | (retain ? 1 : 0)
  let at = packet.writeUInt16BE(topicBytes, writeLength(packet, remaining, 1))
  if (!isTopicOmitted) at += packet.write(topic, at)
  if (qos > 0) at = packet.writeUInt16BE(packetId, at)
  if (properties) {
    at = writeLength(packet, properties.length, at)
    packet.set(properties, at)
    at += properties.length
  }
  packet.set(payload, at)
  return packet
}

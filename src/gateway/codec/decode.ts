/** Bytes to packets. Plain CONNECT, PUBLISH, PUBACK, and PINGREQ are read here; the rest is left to `mqtt-packet`. */
import type {
  IConnectPacket,
  IDisconnectPacket,
  IPublishPacket,
  ISubscribePacket,
  IUnsubscribePacket,
  Packet,
} from 'mqtt-packet'
import type { MessageProperties } from '../../fabric/index.ts'
import { decodePlainConnect } from './decode-plain-connect.ts'
import { PacketFault } from './packet-fault.ts'
import { parseWithLibrary } from './parse-with-library.ts'
import type { Frame } from './frames.ts'
import type {
  ConnectPacket,
  PacketType,
  ProtocolVersion,
  PublishPacket,
  SessionPacket,
  SubscribePacket,
  UnsubscribePacket,
  WillMessage,
} from './packets.ts'
import { packetTypes } from './packets.ts'

export const packetType = (frame: Frame): PacketType => packetTypes[frame.header >> 4] ?? 'reserved'

/** @throws {PacketFault} */
export function decodeConnect(frame: Frame): ConnectPacket {
  return decodePlainConnect(frame) ?? decodeAnyConnect(frame)
}

function decodeAnyConnect(frame: Frame): ConnectPacket {
  const version = readProtocolVersion(frame)
  const packet = parseWithLibrary(frame, version)
  if (packet.cmd !== 'connect') throw new PacketFault('protocol-error', 'the first packet is not CONNECT')
  const { username, password, properties = {}, will } = packet
  if (version === 4 && password && username === undefined) {
    throw new PacketFault('malformed-packet', 'CONNECT has a password without a user name') // [MQTT-3.1.2-22]
  }
  if (properties.receiveMaximum === 0 || properties.maximumPacketSize === 0) {
    throw new PacketFault('protocol-error', 'receive maximum and maximum packet size are above 0') // 3.1.2.11
  }
  return {
    type: 'connect',
    version,
    clientId: packet.clientId,
    isClean: packet.clean ?? false,
    keepAliveSeconds: packet.keepalive ?? 0,
    ...(username !== undefined && { username }),
    ...(will && { will: toWill(will) }),
    properties,
  }
}

/** Before the library sees it, because it does not tell an unknown version from garbage. */
function readProtocolVersion({ buffer, bodyStart, end }: Frame): ProtocolVersion {
  const nameEnd = bodyStart + 2 + (end - bodyStart >= 2 ? buffer.readUInt16BE(bodyStart) : 0)
  const name = buffer.toString('latin1', bodyStart + 2, Math.min(nameEnd, end))
  const level = nameEnd < end ? buffer[nameEnd] : undefined
  if (level === undefined || (name !== 'MQTT' && name !== 'MQIsdp')) {
    throw new PacketFault('malformed-packet', 'CONNECT does not begin with the protocol name MQTT')
  }
  if (name === 'MQTT' && (level === 4 || level === 5)) return level
  const text = `the protocol is ${name} level ${level}; MQTT 3.1.1 (level 4) and MQTT 5 are offered`
  throw new PacketFault('protocol-version-unsupported', text)
}

function toWill(will: NonNullable<IConnectPacket['will']>): WillMessage {
  const { topic, payload, qos = 0, retain = false, properties } = will
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  return {
    topic,
    payload: bytes,
    qos,
    retain,
    ...(properties && { properties: toMessageProperties(properties) }),
  }
}

type MessageFields = Omit<NonNullable<IPublishPacket['properties']>, 'topicAlias' | 'subscriptionIdentifier'>

function toMessageProperties(fields: MessageFields): MessageProperties {
  const { contentType, responseTopic, correlationData, payloadFormatIndicator } = fields
  const { messageExpiryInterval, userProperties } = fields
  return {
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData }),
    ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator }),
    ...(messageExpiryInterval !== undefined && { messageExpiryInterval }),
    ...(userProperties !== undefined && { userProperties }),
  }
}

/**
 * A packet of a connected client. The caller has checked that its type is one of those.
 * @throws {PacketFault}
 */
export function decodeSessionPacket(frame: Frame, version: ProtocolVersion): SessionPacket {
  const type = packetType(frame)
  if (type === 'publish') return decodePublish(frame, version)
  const bodyBytes = frame.end - frame.bodyStart
  if (type === 'pingreq' && frame.header === 0xc0 && bodyBytes === 0) return { type }
  if (type === 'puback' && frame.header === 0x40 && bodyBytes === 2) return decodeShortPuback(frame)
  if (type === 'disconnect' && frame.header === 0xe0 && bodyBytes === 0) return { type, reasonCode: 0 }
  return toSessionPacket(parseWithLibrary(frame, version), version)
}

function decodeShortPuback({ buffer, bodyStart }: Frame): SessionPacket {
  const packetId = buffer.readUInt16BE(bodyStart)
  if (packetId === 0) throw new PacketFault('malformed-packet', 'the packet id is 0')
  return { type: 'puback', packetId }
}

function decodePublish(frame: Frame, version: ProtocolVersion): PublishPacket {
  const { header, buffer, start, bodyStart, end } = frame
  const qos = ((header >> 1) & 3) as 0 | 1 | 2 | 3
  if (qos === 3) throw new PacketFault('malformed-packet', 'both QoS bits are set') // [MQTT-3.3.1-4]
  if ((header & 0x0e) === 0x08) throw new PacketFault('malformed-packet', 'DUP with QoS 0') // [MQTT-3.3.1-2]
  const topicEnd = bodyStart + 2 + (end - bodyStart >= 2 ? buffer.readUInt16BE(bodyStart) : end)
  const idEnd = qos === 0 ? topicEnd : topicEnd + 2
  if (idEnd + (version === 5 ? 1 : 0) > end) throw new PacketFault('malformed-packet', 'PUBLISH is cut off')
  if (version === 5 && buffer[idEnd] !== 0) return fromLibrary(parseWithLibrary(frame, 5))
  const packetId = qos === 0 ? 0 : buffer.readUInt16BE(topicEnd)
  if (qos > 0 && packetId === 0) throw new PacketFault('malformed-packet', 'the packet id is 0')
  return {
    type: 'publish',
    topic: buffer.toString('utf8', bodyStart + 2, topicEnd),
    payload: buffer.subarray(version === 5 ? idEnd + 1 : idEnd, end),
    qos,
    retain: (header & 1) === 1,
    isDuplicate: (header & 8) === 8,
    packetId,
    ...(header === 0x30 && { wire: buffer.subarray(start, end) }),
  }
}

function fromLibrary(packet: Packet): PublishPacket {
  if (packet.cmd !== 'publish') throw new PacketFault('malformed-packet', 'not a PUBLISH')
  const { topic, payload, qos, retain, dup, messageId = 0, properties = {} } = packet
  return {
    type: 'publish',
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    qos,
    retain,
    isDuplicate: dup,
    packetId: messageId,
    ...(properties.topicAlias !== undefined && { topicAlias: properties.topicAlias }),
    properties: toMessageProperties(properties),
  }
}

function toSessionPacket(packet: Packet, version: ProtocolVersion): SessionPacket {
  const packetId = packet.messageId ?? 0
  if (packet.cmd === 'puback') return { type: 'puback', packetId }
  if (packet.cmd === 'subscribe') return toSubscribe(packet, packetId)
  if (packet.cmd === 'unsubscribe') return toUnsubscribe(packet, packetId)
  if (packet.cmd === 'disconnect') return toDisconnect(packet, version)
  throw new PacketFault('protocol-error', `${packet.cmd.toUpperCase()} is not expected here`)
}

function toSubscribe(packet: ISubscribePacket, packetId: number): SubscribePacket {
  const identifier = packet.properties?.subscriptionIdentifier
  const subscriptions = packet.subscriptions.map((one) => ({ nl: false, rap: false, rh: 0, ...one }))
  if (subscriptions.length === 0) {
    throw new PacketFault('protocol-error', 'SUBSCRIBE without a filter') // [MQTT-3.8.3-2]
  }
  const base = { type: 'subscribe', packetId, subscriptions } as const
  return identifier === undefined ? base : { ...base, subscriptionIdentifier: identifier }
}

function toUnsubscribe({ unsubscriptions }: IUnsubscribePacket, packetId: number): UnsubscribePacket {
  if (unsubscriptions.length === 0) {
    throw new PacketFault('protocol-error', 'UNSUBSCRIBE without a filter') // [MQTT-3.10.3-2]
  }
  return { type: 'unsubscribe', packetId, filters: unsubscriptions }
}

function toDisconnect(packet: IDisconnectPacket, version: ProtocolVersion): SessionPacket {
  if (version === 4) throw new PacketFault('malformed-packet', 'DISCONNECT has a body')
  const sessionExpirySeconds = packet.properties?.sessionExpiryInterval
  const base = { type: 'disconnect', reasonCode: packet.reasonCode ?? 0 } as const
  return sessionExpirySeconds === undefined ? base : { ...base, sessionExpirySeconds }
}

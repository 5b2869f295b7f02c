/** Bytes to packets: everything a client may send. Sources: MQTT 3.1.1 and 5.0, chapter 3. */
import { decodePublish } from './decode-publish.ts'
import type { Frame } from './frames.ts'
import { PacketFault } from './packet-fault.ts'
import { PacketReader } from './packet-reader.ts'
import type {
  PacketType,
  ProtocolVersion,
  PubackPacket,
  PubcompPacket,
  PubrecPacket,
  PubrelPacket,
  RequestedSubscription,
  SessionPacket,
} from './packets.ts'
import { packetTypes } from './packets.ts'
import { readProperties } from './read-properties.ts'

export { decodeConnect } from './decode-connect.ts'

export const packetType = (frame: Frame): PacketType => packetTypes[frame.header >> 4] ?? 'reserved'

/** What a client that is connected may send, and the flags that belong in the header. [MQTT-2.1.3-1] */
const headers: Record<BodyType, number> = {
  puback: 0x40,
  pubrec: 0x50,
  pubrel: 0x62,
  pubcomp: 0x70,
  subscribe: 0x82,
  unsubscribe: 0xa2,
  pingreq: 0xc0,
  disconnect: 0xe0,
}

/**
 * A packet of a connected client. The caller has checked that its type is one of those.
 * @throws {PacketFault}
 */
export function decodeSessionPacket(frame: Frame, version: ProtocolVersion): SessionPacket {
  const type = packetType(frame)
  if (type === 'publish') return decodePublish(frame, version)
  if (!isBodyType(type)) throw new PacketFault('protocol-error', `${type} is not expected here`)
  if (frame.header !== headers[type]) throw new PacketFault('malformed-packet', `${type} has other flags`)
  const reader = new PacketReader(frame)
  const packet = decodeBody(type, reader, version)
  reader.finish()
  return packet
}

const isBodyType = (type: PacketType): type is BodyType => type in headers

type BodyType = Exclude<SessionPacket['type'], 'publish'>

function decodeBody(type: BodyType, reader: PacketReader, version: ProtocolVersion): SessionPacket {
  switch (type) {
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return readAcknowledgement(type, reader, version)
    case 'subscribe':
      return readSubscribe(reader, version)
    case 'unsubscribe':
      return readUnsubscribe(reader, version)
    case 'disconnect':
      return readDisconnect(reader, version)
    case 'pingreq':
      return { type }
  }
}

type AcknowledgementPacket = PubackPacket | PubrecPacket | PubrelPacket | PubcompPacket

/** The reason codes that a client may send. MQTT 5.0 3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1 */
const released: ReadonlySet<number> = new Set([0x00, 0x92])
const received: ReadonlySet<number> = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99])
const acknowledgementCodes = { puback: received, pubrec: received, pubrel: released, pubcomp: released }

/** Reason code and properties may be left out from the end. */
function readAcknowledgement(
  type: AcknowledgementPacket['type'],
  reader: PacketReader,
  version: ProtocolVersion,
): AcknowledgementPacket {
  const packetId = reader.packetId()
  const reasonCode = version === 5 && !reader.isAtEnd ? reader.uint8() : 0
  if (!acknowledgementCodes[type].has(reasonCode))
    throw new PacketFault('protocol-error', `reason code ${reasonCode} does not belong in ${type}`) // [MQTT-3.4.2-1]
  if (version === 5 && !reader.isAtEnd) readProperties(reader, 'acknowledgement')
  return { type, packetId, reasonCode }
}

function readSubscribe(reader: PacketReader, version: ProtocolVersion): SessionPacket {
  const packetId = reader.packetId()
  const { subscriptionIdentifier } = version === 5 ? readProperties(reader, 'subscribe') : {}
  const subscriptions: RequestedSubscription[] = []
  while (!reader.isAtEnd) {
    const topic = reader.text('topic filter')
    subscriptions.push({ topic, ...readOptions(reader.uint8(), version) })
  }
  if (subscriptions.length === 0) throw new PacketFault('protocol-error', 'SUBSCRIBE without a filter') // [MQTT-3.8.3-2]
  const base = { type: 'subscribe', packetId, subscriptions } as const
  return subscriptionIdentifier === undefined ? base : { ...base, subscriptionIdentifier }
}

function readOptions(byte: number, version: ProtocolVersion): Omit<RequestedSubscription, 'topic'> {
  const qos = byte & 3
  const reserved = version === 5 ? 0xc0 : 0xfc // [MQTT-3.8.3-5], [MQTT-3-8.3-4] of 3.1.1
  if (qos === 3 || (byte & reserved) !== 0)
    throw new PacketFault('malformed-packet', 'the options of a filter have reserved bits')
  const rh = (byte >> 4) & 3
  if (rh === 3) throw new PacketFault('protocol-error', 'Retain Handling is 3') // 3.8.3.1
  return {
    qos: qos as 0 | 1 | 2,
    nl: (byte & 4) !== 0,
    rap: (byte & 8) !== 0,
    rh: rh as 0 | 1 | 2,
  }
}

function readUnsubscribe(reader: PacketReader, version: ProtocolVersion): SessionPacket {
  const packetId = reader.packetId()
  if (version === 5) readProperties(reader, 'unsubscribe')
  const filters: string[] = []
  while (!reader.isAtEnd) filters.push(reader.text('topic filter'))
  if (filters.length === 0) throw new PacketFault('protocol-error', 'UNSUBSCRIBE without a filter') // [MQTT-3.10.3-2]
  return { type: 'unsubscribe', packetId, filters }
}

/** The reason codes that a client may send. MQTT 5.0 3.14.2.1 */
const disconnectCodes: ReadonlySet<number> = new Set([
  0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
])

/** Reason code and properties may be left out from the end; 3.1.1 has neither. */
function readDisconnect(reader: PacketReader, version: ProtocolVersion): SessionPacket {
  const hasCode = version === 5 && !reader.isAtEnd
  const reasonCode = hasCode ? reader.uint8() : 0
  if (!disconnectCodes.has(reasonCode))
    throw new PacketFault('protocol-error', `reason code ${reasonCode} does not belong in DISCONNECT`) // [MQTT-3.14.2-1]
  const properties = hasCode && !reader.isAtEnd ? readProperties(reader, 'disconnect') : {}
  const { sessionExpiryInterval } = properties
  const base = { type: 'disconnect', reasonCode } as const
  return sessionExpiryInterval === undefined ? base : { ...base, sessionExpirySeconds: sessionExpiryInterval }
}

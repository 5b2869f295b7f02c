/** Packets to bytes, for what the server sends apart from PUBLISH. */
import { propertiesField, uint16, writePacket } from './packet-writer.ts'
import type { ProtocolVersion } from './packets.ts'
import type { Properties } from './properties.ts'

/** What the server may say in an answer of MQTT 5. */
export type AnswerProperties = Pick<Properties, 'reasonString' | 'userProperties'>

/** MQTT 5.0 3.2.2.3 */
export type ConnackProperties = AnswerProperties &
  Pick<
    Properties,
    | 'sessionExpiryInterval'
    | 'receiveMaximum'
    | 'maximumQoS'
    | 'retainAvailable'
    | 'maximumPacketSize'
    | 'assignedClientIdentifier'
    | 'topicAliasMaximum'
    | 'wildcardSubscriptionAvailable'
    | 'subscriptionIdentifiersAvailable'
    | 'sharedSubscriptionAvailable'
    | 'serverKeepAlive'
    | 'responseInformation'
  >

export const pingresp: Uint8Array = Buffer.from([0xd0, 0])

/** `code` is a return code for 3.1.1, which has no properties, a reason code for 5. */
export function encodeConnack(
  version: ProtocolVersion,
  code: number,
  properties: ConnackProperties = {},
  isSessionPresent = false,
): Buffer {
  const head = Buffer.from([isSessionPresent && code === 0 ? 1 : 0, code]) // [MQTT-3.2.2-6]
  return version === 4 ? writePacket(0x20, head) : writePacket(0x20, head, propertiesField(properties))
}

/** A reason code above 0 exists in MQTT 5 alone. */
export function encodePuback(packetId: number, reasonCode = 0, properties?: AnswerProperties): Buffer {
  return encodeAcknowledgement(0x40, packetId, reasonCode, properties)
}

export function encodePubrec(packetId: number, reasonCode = 0, properties?: AnswerProperties): Buffer {
  return encodeAcknowledgement(0x50, packetId, reasonCode, properties)
}

export function encodePubrel(packetId: number, reasonCode = 0, properties?: AnswerProperties): Buffer {
  return encodeAcknowledgement(0x62, packetId, reasonCode, properties)
}

export function encodePubcomp(packetId: number, reasonCode = 0, properties?: AnswerProperties): Buffer {
  return encodeAcknowledgement(0x70, packetId, reasonCode, properties)
}

function encodeAcknowledgement(
  header: number,
  packetId: number,
  reasonCode: number,
  properties: AnswerProperties | undefined,
): Buffer {
  const high = packetId >> 8
  const low = packetId & 0xff
  if (properties)
    return writePacket(header, Buffer.from([high, low, reasonCode]), propertiesField(properties))
  if (reasonCode === 0) return Buffer.from([header, 2, high, low])
  return Buffer.from([header, 3, high, low, reasonCode])
}

export function encodeSuback(
  version: ProtocolVersion,
  packetId: number,
  codes: readonly number[],
  properties: AnswerProperties = {},
): Buffer {
  const fields = version === 4 ? [] : [propertiesField(properties)]
  return writePacket(0x90, uint16(packetId), ...fields, Buffer.from(codes))
}

export function encodeUnsuback(
  version: ProtocolVersion,
  packetId: number,
  codes: readonly number[],
  properties: AnswerProperties = {},
): Buffer {
  if (version === 4) return Buffer.from([0xb0, 2, packetId >> 8, packetId & 0xff])
  return writePacket(0xb0, uint16(packetId), propertiesField(properties), Buffer.from(codes))
}

/** MQTT 5 only: a server of 3.1.1 has no DISCONNECT. */
export function encodeDisconnect(reasonCode: number, properties?: AnswerProperties): Buffer {
  if (!properties) return Buffer.from([0xe0, 1, reasonCode])
  return writePacket(0xe0, Buffer.from([reasonCode]), propertiesField(properties))
}

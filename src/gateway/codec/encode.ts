/** Packets to bytes, for what the server sends apart from PUBLISH. */
import { generate, type IConnackPacket } from 'mqtt-packet'
import type { ProtocolVersion } from './packets.ts'

export type ConnackProperties = NonNullable<IConnackPacket['properties']>

export const pingresp: Uint8Array = Buffer.from([0xd0, 0])

/** `code` is a return code for 3.1.1, a reason code for 5. */
export function encodeConnack(
  version: ProtocolVersion,
  code: number,
  properties?: ConnackProperties,
): Buffer {
  if (version === 4) return Buffer.from([0x20, 2, 0, code])
  const packet = {
    cmd: 'connack',
    sessionPresent: false,
    reasonCode: code,
    properties: properties ?? {},
  } as const
  return generate(packet, { protocolVersion: 5 })
}

/** A reason code above 0 exists in MQTT 5 alone. */
export function encodePuback(packetId: number, reasonCode = 0): Buffer {
  const high = packetId >> 8
  if (reasonCode === 0) return Buffer.from([0x40, 2, high, packetId & 0xff])
  return Buffer.from([0x40, 3, high, packetId & 0xff, reasonCode])
}

export function encodeSuback(version: ProtocolVersion, packetId: number, codes: readonly number[]): Buffer {
  return generate({ cmd: 'suback', messageId: packetId, granted: [...codes] }, { protocolVersion: version })
}

export function encodeUnsuback(version: ProtocolVersion, packetId: number, codes: readonly number[]): Buffer {
  if (version === 4) return Buffer.from([0xb0, 2, packetId >> 8, packetId & 0xff])
  return generate({ cmd: 'unsuback', messageId: packetId, granted: [...codes] }, { protocolVersion: 5 })
}

/** MQTT 5 only: a server of 3.1.1 has no DISCONNECT. */
export function encodeDisconnect(reasonCode: number): Buffer {
  return Buffer.from([0xe0, 1, reasonCode])
}

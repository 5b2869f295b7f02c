import type { AnswerProperties } from '../codec/encode.ts'
import type { ConnectProperties, ProtocolVersion } from '../codec/packets.ts'
import { reasonText, type Refusal, type RefusalStyle } from '../refuse.ts'

export interface Listener {
  style: RefusalStyle
  version: ProtocolVersion
  /** Of its CONNECT. */
  properties: ConnectProperties
}

/**
 * An answer that refuses, with a Reason String when the client is to learn the reason, has not asked to be spared it
 * [MQTT-3.1.2-29], and its Maximum Packet Size leaves room for it [MQTT-3.2.2-19].
 */
export function explained(
  { style, version, properties }: Listener,
  refusal: Refusal | undefined,
  encode: (properties?: AnswerProperties) => Uint8Array,
): Uint8Array {
  const { requestProblemInformation = true, maximumPacketSize = Number.POSITIVE_INFINITY } = properties
  if (!refusal || style === 'silent' || version === 4 || !requestProblemInformation) return encode()
  const packet = encode({ reasonString: reasonText(refusal) })
  return packet.length <= maximumPacketSize ? packet : encode()
}

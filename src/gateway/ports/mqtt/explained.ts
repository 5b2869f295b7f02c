import type { AnswerProperties } from '../codec/encode.ts'
import type { ConnectProperties, ProtocolVersion } from '../codec/packets.ts'
import { reasonText, type Refusal, type RefusalStyle } from '../refuse.ts'

export interface Listener {
  style: RefusalStyle
  version: ProtocolVersion
  /** Of its CONNECT. */
  properties: ConnectProperties
  /** True for a guest of the console: what decided, and the statement that would grant it, are told as user properties. */
  isGuest?: boolean
}

/**
 * An answer that refuses, with a Reason String when the client is to learn the reason, has not asked to be spared it
 * [MQTT-3.1.2-29], and its Maximum Packet Size leaves room for it [MQTT-3.2.2-19].
 */
export function explained(
  { style, version, properties, isGuest = false }: Listener,
  refusal: Refusal | undefined,
  encode: (properties?: AnswerProperties) => Uint8Array,
): Uint8Array {
  const { requestProblemInformation = true, maximumPacketSize = Number.POSITIVE_INFINITY } = properties
  if (!refusal || style === 'silent' || version === 4 || !requestProblemInformation) return encode()
  const reasonString = reasonText(refusal)
  const packet = encode(isGuest ? { reasonString, userProperties: adviceOf(refusal) } : { reasonString })
  return packet.length <= maximumPacketSize ? packet : encode()
}

const advice = ['action', 'resource', 'decision', 'suggestion'] as const
/** MQTT 5.0 1.5.4 */
const maxStringBytes = 65_535

function adviceOf({ details }: Refusal): [string, string][] {
  return advice.flatMap((name): [string, string][] => {
    const value = details[name]
    return typeof value === 'string' && Buffer.byteLength(value) <= maxStringBytes ? [[name, value]] : []
  })
}

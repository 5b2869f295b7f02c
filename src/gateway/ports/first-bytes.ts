/** Every device port speaks every device protocol. Source: AWS IoT Developer Guide, "Device communication protocols". */

const protocolOf = {
  'x-amzn-mqtt-ca': 'mqtt',
  mqtt: 'mqtt',
  'x-amzn-http-ca': 'http',
  'http/1.1': 'http',
  'http/1.0': 'http',
} as const

/** Offered by ALPN, in this order. */
export const alpnProtocols: readonly string[] = Object.keys(protocolOf)

const connectHeader = 0x10

/** ALPN decides; without it, the first byte does: an MQTT CONNECT, or the first letter of an HTTP method. */
export function decideProtocol(alpn: string | false | null, firstByte: number): 'mqtt' | 'http' | 'unknown' {
  if (alpn && Object.hasOwn(protocolOf, alpn)) return protocolOf[alpn as keyof typeof protocolOf]
  if (firstByte === connectHeader) return 'mqtt'
  return firstByte >= 0x41 && firstByte <= 0x5a ? 'http' : 'unknown'
}

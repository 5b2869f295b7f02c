/** Every device port speaks every device protocol. Source: AWS IoT Developer Guide, "Device communication protocols". */

/** Offered by ALPN, in this order. */
export const alpnProtocols = ['x-amzn-mqtt-ca', 'mqtt', 'x-amzn-http-ca', 'http/1.1']

const connectHeader = 0x10

/** ALPN decides; without it, the first byte does: an MQTT CONNECT, or the first letter of an HTTP method. */
export function decideProtocol(alpn: string | false | null, firstByte: number): 'mqtt' | 'http' | 'unknown' {
  if (alpn === 'x-amzn-mqtt-ca' || alpn === 'mqtt') return 'mqtt'
  if (alpn === 'x-amzn-http-ca' || alpn === 'http/1.1') return 'http'
  if (firstByte === connectHeader) return 'mqtt'
  return firstByte >= 0x41 && firstByte <= 0x5a ? 'http' : 'unknown'
}

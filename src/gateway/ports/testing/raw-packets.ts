/** Packets as they are on the wire, also such as no client would send. */

/** Numbers are bytes; texts are written with their length in front, as MQTT does. */
export function toBytes(parts: readonly (number | string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.from([part])
      if (typeof part !== 'string') return part
      const text = Buffer.from(part)
      return Buffer.concat([Buffer.from([text.length >> 8, text.length & 0xff]), text])
    }),
  )
}

/** A whole packet of less than 16 kB. */
export function packet(header: number, ...body: (number | string | Uint8Array)[]): Buffer {
  const bytes = toBytes(body)
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7]
  return Buffer.concat([Buffer.from([header, ...length]), bytes])
}

export const connectPacket = {
  v3: (clientId = 'raw', flags = 2, ...rest: (number | string | Uint8Array)[]) =>
    packet(0x10, 'MQTT', 4, flags, 0, 60, clientId, ...rest),
  v5: (clientId = 'raw', flags = 2, ...rest: (number | string | Uint8Array)[]) =>
    packet(0x10, 'MQTT', 5, flags, 0, 60, 0, clientId, ...rest),
}

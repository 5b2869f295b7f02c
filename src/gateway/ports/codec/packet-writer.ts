import { propertyTable, type Properties, type PropertyName } from './properties.ts'

/** How many bytes a variable byte integer takes. */
export function lengthBytes(length: number): number {
  if (length < 0x80) return 1
  if (length < 0x4000) return 2
  return length < 0x20_0000 ? 3 : 4
}

/** Gives back where it ends. */
export function writeLength(packet: Uint8Array, length: number, offset: number): number {
  let at = offset
  let rest = length
  for (; rest >= 0x80; rest >>>= 7) packet[at++] = (rest & 0x7f) | 0x80
  packet[at++] = rest
  return at
}

/** A packet of a fixed header and its fields. */
export function writePacket(header: number, ...fields: readonly Uint8Array[]): Buffer {
  const length = fields.reduce((sum, { length: bytes }) => sum + bytes, 0)
  const packet = Buffer.allocUnsafe(1 + lengthBytes(length) + length)
  packet[0] = header
  let at = writeLength(packet, length, 1)
  for (const field of fields) {
    packet.set(field, at)
    at += field.length
  }
  return packet
}

export const uint16 = (value: number): Uint8Array => Buffer.from([value >> 8, value & 0xff])

/** With its length in front. @throws {RangeError} when it is longer than MQTT can say */
function textField(text: string): Buffer {
  return bytesField(Buffer.from(text))
}

function bytesField(bytes: Uint8Array): Buffer {
  if (bytes.length > 0xffff) throw new RangeError(`a field of ${bytes.length} bytes is above 65535`)
  return Buffer.concat([uint16(bytes.length), bytes])
}

/** The properties with their length in front, as every packet but PUBLISH carries them. */
export function propertiesField(properties: Properties): Buffer {
  const bytes = propertyBytes(properties)
  const length = Buffer.alloc(lengthBytes(bytes.length))
  writeLength(length, bytes.length, 0)
  return Buffer.concat([length, bytes])
}

/** The properties one after another, in the order of their identifiers. */
export function propertyBytes(properties: Properties): Buffer {
  const parts: Uint8Array[] = []
  for (const name of Object.keys(propertyTable) as PropertyName[]) {
    const value = properties[name]
    if (value !== undefined) addProperty(parts, name, value)
  }
  return Buffer.concat(parts)
}

function addProperty(parts: Uint8Array[], name: PropertyName, value: Properties[PropertyName]): void {
  const { id, type } = propertyTable[name]
  if (type !== 'pair') return void parts.push(Buffer.of(id), fieldOf(type, value))
  for (const [key, text] of value as NonNullable<Properties['userProperties']>) {
    parts.push(Buffer.of(id), textField(key), textField(text))
  }
}

function fieldOf(
  type: Exclude<(typeof propertyTable)[PropertyName]['type'], 'pair'>,
  value: unknown,
): Uint8Array {
  switch (type) {
    case 'flag':
      return Buffer.of(Number(value))
    case 'uint16':
      return uint16(value as number)
    case 'uint32': {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value as number)
      return bytes
    }
    case 'length': {
      const bytes = Buffer.alloc(lengthBytes(value as number))
      writeLength(bytes, value as number, 0)
      return bytes
    }
    case 'text':
      return textField(value as string)
    case 'bytes':
      return bytesField(value as Uint8Array)
  }
}

/** The little of CBOR that a refusal needs: text, whole numbers, and maps of them. RFC 8949 3 */

const majorTypes = { unsigned: 0, text: 3, map: 5 } as const

function head(type: keyof typeof majorTypes, argument: number): Buffer {
  const first = majorTypes[type] << 5
  if (argument < 24) return Buffer.from([first | argument])
  if (argument < 0x100) return Buffer.from([first | 24, argument])
  if (argument < 0x1_00_00) return Buffer.from([first | 25, argument >> 8, argument & 0xff])
  const long = Buffer.alloc(9)
  long[0] = first | 27
  long.writeBigUInt64BE(BigInt(argument), 1)
  return long
}

/** Members that are `undefined` are left out. @throws {TypeError} on what it does not know */
export function encodeCbor(value: unknown): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([head('text', text.length), text])
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return head('unsigned', value)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`text, whole numbers, and maps can be encoded, got ${typeof value}`)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const encoded = members.flatMap(([name, member]) => [encodeCbor(name), encodeCbor(member)])
  return Buffer.concat([head('map', members.length), ...encoded])
}

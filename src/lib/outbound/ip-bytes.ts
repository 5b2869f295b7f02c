/** IP addresses as bytes, and the IPv4 addresses that stand in IPv6 ones. */
import { isIP } from 'node:net'

/** 4 or 16 bytes of an address as in a URL or as DNS has it; a name has none. */
export function toIpBytes(text: string): Uint8Array | undefined {
  const address = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  const version = isIP(address)
  if (version === 4) return Uint8Array.from(address.split('.'), Number)
  return version === 6 ? ipv6Bytes(address) : undefined
}

function ipv6Bytes(address: string): Uint8Array {
  const plain = address.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  const groups = [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16))
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/** First bytes of the address, and where the IPv4 address begins. */
const embeddings: readonly [prefix: readonly number[], at: number][] = [
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 12], // IPv4-compatible, RFC 4291 2.5.5.1
  [[0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0], 12], // IPv4-translated, RFC 2765
  [[0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], 12], // NAT64, RFC 6052
  [[0x00, 0x64, 0xff, 0x9b, 0, 1], 12], // NAT64 of a network's own, RFC 8215
  [[0x20, 0x02], 2], // 6to4, RFC 3056
]
const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
const teredoPrefix = [0x20, 0x01, 0, 0]
/** Of an interface identifier, RFC 5214; the universal bit may be set. */
const isatap = [0x00, 0x5e, 0xfe]

const startsWith = (bytes: Uint8Array, prefix: readonly number[], at = 0) =>
  prefix.every((byte, index) => bytes[at + index] === byte)

/** An IPv4-mapped address is the IPv4 address, to every socket. */
export function withoutMapping(bytes: Uint8Array): Uint8Array {
  return bytes.length === 16 && startsWith(bytes, mappedPrefix) ? bytes.subarray(12) : bytes
}

/** IPv4 addresses where a packet may end that is sent to this IPv6 address. */
export function embeddedAddresses(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length !== 16) return []
  const found = embeddings
    .filter(([prefix]) => startsWith(bytes, prefix))
    .map(([, at]) => bytes.subarray(at, at + 4))
  if (startsWith(bytes, isatap, 9)) found.push(bytes.subarray(12))
  // The client's is stored inverted, RFC 4380 4
  if (startsWith(bytes, teredoPrefix)) found.push(bytes.subarray(12).map((byte) => byte ^ 0xff))
  return found
}

/** Text that `BlockList` takes. */
export function toIpText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[index * 2] ?? 0) * 256 + (bytes[index * 2 + 1] ?? 0)).toString(16),
  )
  return groups.join(':')
}

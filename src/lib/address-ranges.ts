import { BlockList, isIP } from 'node:net'

export interface AddressRanges {
  has: (address: string) => boolean
}

/**
 * Ranges are written as `10.0.0.0/8`, `fd00::/8`, or one address.
 * @throws {Error} for a person, naming the range that is none
 */
export function parseAddressRanges(ranges: readonly string[]): AddressRanges {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix, ...more] = range.split('/')
    const version = isIP(address)
    const maxBits = version === 4 ? 32 : 128
    const bits = prefix === undefined ? maxBits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
    if (version === 0 || more.length > 0 || bits < 0 || bits > maxBits)
      throw new Error(`"${range}" is no range of addresses such as 10.0.0.0/8 or fd00::/8`)
    list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
  }
  return { has: (address) => list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6') }
}

/** IPv4 addresses without the prefix they have on a socket that takes IPv6 too. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')

/** Whoever has one IPv6 address has the other 2^64 of its network too. */
export function addressGroup(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  if (tail === undefined) return left.slice(0, 4).join(':')
  const right = tail === '' ? [] : tail.split(':')
  const middle = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...middle, ...right].slice(0, 4).join(':')
}

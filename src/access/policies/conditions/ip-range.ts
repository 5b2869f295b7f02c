import { BlockList, isIP } from 'node:net'

export type IpRange = (address: string) => boolean

/**
 * Reads an address or a CIDR range of either family; `undefined` when the text is neither.
 * An IPv4 address also lies in the range when it comes as IPv6 (`::ffff:192.0.2.1`).
 */
export function parseIpRange(text: string): IpRange | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text)
  const [, network = '', digits] = match ?? []
  const family = familyOf(network)
  if (!family) return undefined
  const bits = family === 'ipv4' ? 32 : 128
  const prefix = digits === undefined ? bits : Number(digits)
  if (prefix > bits) return undefined
  const list = new BlockList()
  list.addSubnet(network, prefix, family)
  return (address) => {
    const addressFamily = familyOf(address)
    return addressFamily !== undefined && list.check(address, addressFamily)
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address)
  if (version === 0 || address.includes('%')) return undefined // a zone is no part of a range
  return version === 4 ? 'ipv4' : 'ipv6'
}

/**
 * Addresses where clouds give credentials to whoever asks from the machine. What people name over the API must not
 * lead this server there.
 */
import { BlockList, isIP } from 'node:net'

const addresses = new BlockList()
addresses.addSubnet('169.254.0.0', 16, 'ipv4') // link-local; IPv4-mapped IPv6 addresses are found too
addresses.addSubnet('fe80::', 10, 'ipv6')
addresses.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6') // link-local behind NAT64
addresses.addSubnet('fd00:ec2::', 32, 'ipv6') // AWS
addresses.addAddress('100.100.100.200', 'ipv4') // Alibaba Cloud
addresses.addAddress('192.0.0.192', 'ipv4') // Oracle Cloud

/** `address` as in a URL or as DNS has it; a name is none of them. */
export function isMetadataAddress(address: string): boolean {
  const plain = address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  const version = isIP(plain)
  return version !== 0 && addresses.check(plain, version === 4 ? 'ipv4' : 'ipv6')
}

/** What an IP address is to a server that is asked to send something there. Sources: the IANA special-purpose registries. */
import { BlockList } from 'node:net'
import { embeddedAddresses, toIpBytes, toIpText, withoutMapping } from './ip-bytes.ts'

/**
 * `never`: link-local, where clouds give credentials to whoever asks from the machine, and what is no single host.
 * `loopback`: this machine. `private`: a network that the Internet does not reach.
 */
export type AddressKind = 'never' | 'loopback' | 'private' | 'public'

/** Strictest first; the first that has the address counts. */
const kinds: readonly (readonly [AddressKind, BlockList])[] = [
  [
    'never',
    listOf(
      '0.0.0.0/8', // this host, whichever address it has
      '169.254.0.0/16', // link-local, and the metadata of most clouds
      '100.100.100.200/32', // metadata: Alibaba Cloud
      '192.0.0.192/32', // metadata: Oracle Cloud
      '168.63.129.16/32', // platform services: Azure
      '224.0.0.0/4',
      '240.0.0.0/4',
      '::/128',
      'fe80::/10',
      'fd00:ec2::/32', // metadata: AWS
      'fd20:ce::/32', // metadata: Google Cloud
      'ff00::/8',
    ),
  ],
  ['loopback', listOf('127.0.0.0/8', '::1/128')],
  [
    'private',
    listOf(
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10', // shared by carriers, and by overlay networks
      '192.0.0.0/24',
      '198.18.0.0/15',
      'fc00::/7',
      'fec0::/10',
      '64:ff9b:1::/48',
    ),
  ],
]

function listOf(...ranges: string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}

/** The strictest kind of the address and of any IPv4 address in it. Undefined for what is no address. */
export function kindOfAddress(text: string): AddressKind | undefined {
  const given = toIpBytes(text)
  if (!given) return undefined
  const bytes = withoutMapping(given)
  const all = [bytes, ...(isLoopback6(bytes) ? [] : embeddedAddresses(bytes))].map(toIpText)
  const found = kinds.find(([, list]) =>
    all.some((address) => list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')),
  )
  return found?.[0] ?? 'public'
}

/** `::1` looks as if it had the IPv4 address 0.0.0.1 in it. */
const isLoopback6 = (bytes: Uint8Array) =>
  bytes.length === 16 && bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))

/** `host` as in a URL: whether nobody is ever asked there. What a name stands for is seen when it is looked up. */
export const isNeverAsked = (host: string): boolean => kindOfAddress(host) === 'never'

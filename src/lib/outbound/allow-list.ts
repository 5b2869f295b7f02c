/** Addresses of this machine and of private networks that the operator opens to what users of the API name. */
import { BlockList, isIP } from 'node:net'

interface Entry {
  list: BlockList
  /** Every port when absent. */
  port: number | undefined
  /** One address, not a range that it happens to be in. */
  isSingle: boolean
}

export interface AllowList {
  /** `isOwn`: of a network interface of this host; only an entry for this very address opens it. */
  has: (address: string, port: number, isOwn: boolean) => boolean
}

const words: Record<string, readonly string[]> = {
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
}

/**
 * Entries are `127.0.0.1:8080`, `10.1.0.0/16`, `[::1]:8080`, `fd00::/8`, `loopback`, or `private`.
 * @throws {Error} for a person, naming the entry that is none
 */
export function parseAllowList(entries: readonly string[]): AllowList {
  const all = entries.flatMap((entry) => (words[entry] ?? [entry]).map(parseEntry))
  return {
    has: (address, port, isOwn) =>
      all.some(
        (entry) =>
          (entry.port === undefined || entry.port === port) &&
          (entry.isSingle || !isOwn) &&
          entry.list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'),
      ),
  }
}

function parseEntry(entry: string): Entry {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry)
  const dotted = /^([^:]+):(\d+)$/.exec(entry)
  const [, range = entry, portText] = bracketed ?? dotted ?? []
  const [address = '', prefix, ...more] = range.split('/')
  const version = isIP(address)
  const maxBits = version === 4 ? 32 : 128
  const bits = prefix === undefined ? maxBits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  const port = portText === undefined ? undefined : Number(portText)
  const isPort = port === undefined || (port > 0 && port <= 65_535)
  if (version === 0 || more.length > 0 || bits < 0 || bits > maxBits || !isPort)
    throw new Error(
      `"${entry}" is none of: an address or range (10.1.0.0/16, fd00::/8), one with a port (127.0.0.1:8080, [::1]:8080), loopback, private`,
    )
  const list = new BlockList()
  list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
  return { list, port, isSingle: bits === maxBits }
}

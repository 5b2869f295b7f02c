import { lookup as lookUpName, type LookupAddress, type LookupOptions } from 'node:dns'
import { request as requestOverTcp, type IncomingMessage } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { isMetadataAddress } from '../../lib/metadata-addresses.ts'

/** Finds all addresses of a name, as `lookup` of `node:dns` does. */
export type LookUpName = (
  name: string,
  options: LookupOptions & { all: true },
  callback: (cause: Error | null, addresses: LookupAddress[]) => void,
) => void

interface GetOptions {
  headers: Record<string, string>
  signal: AbortSignal
  lookUp?: LookUpName | undefined
}

/**
 * One GET without redirects; whoever has the answer reads its body or destroys it. The address that a name has at this
 * very moment is looked at, since a name may be pointed elsewhere after it was checked.
 */
export function httpGet(
  url: URL,
  { headers, signal, lookUp = lookUpName }: GetOptions,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestOverTls : requestOverTcp
  return new Promise((resolve, reject) => {
    request(url, { headers, signal, lookup: guarded(lookUp) }, resolve)
      .on('error', reject)
      .end()
  })
}

/** The lookup of a connection, which sees no address where clouds give out credentials. */
function guarded(lookUp: LookUpName) {
  return (
    name: string,
    options: LookupOptions,
    callback: (cause: Error | null, found: string | LookupAddress[], family?: number) => void,
  ): void => {
    lookUp(name, { ...options, all: true }, (cause, addresses) => {
      if (cause) return callback(cause, [])
      const open = addresses.filter(({ address }) => !isMetadataAddress(address))
      const [first] = open
      if (!first) return callback(addressRefused(), [])
      if (options.all) callback(null, open)
      else callback(null, first.address, first.family)
    })
  }
}

const addressRefused = () =>
  Object.assign(new Error('the name has no address that may be asked'), { code: 'EADDRREFUSED' })

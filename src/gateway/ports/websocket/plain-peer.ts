import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Peer } from '../mqtt/client.ts'
import { plainAddress } from '../../../lib/address-ranges.ts'

/** Whoever is at the other end of a connection to the port of the API, with TLS or without; a signature has to say more. */
export function plainPeer({ socket }: IncomingMessage, accountId: string): Peer {
  const tlsVersion = socket instanceof TLSSocket ? socket.getProtocol() : null
  const peer = { accountId, sourceIp: plainAddress(socket.remoteAddress ?? '') }
  return tlsVersion === null ? peer : { ...peer, tlsVersion }
}

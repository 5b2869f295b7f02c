import type { IncomingMessage } from 'node:http'
import type { Peer } from '../mqtt/client.ts'
import { plainAddress } from '../tls/address-ranges.ts'

/** Whoever is at the other end of a connection without TLS; a signature has to say more. */
export function plainPeer({ socket }: IncomingMessage, accountId: string): Peer {
  return { accountId, sourceIp: plainAddress(socket.remoteAddress ?? '') }
}

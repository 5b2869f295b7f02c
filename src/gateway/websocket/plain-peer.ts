import type { IncomingMessage } from 'node:http'
import type { Peer } from '../mqtt/client.ts'

/** Whoever is at the other end of a connection without TLS; a signature has to say more. */
export function plainPeer({ socket }: IncomingMessage, accountId: string): Peer {
  const sourceIp = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
  return { accountId, sourceIp }
}

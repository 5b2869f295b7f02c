/** Asks custom authorizers about a peer. Source: AWS IoT Developer Guide, "Connecting to AWS IoT Core by using custom authentication". */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { encodePem } from '../../lib/pem.ts'
import type {
  CustomAuthOutcome,
  CustomAuthDeps,
  CustomAuthQuestion,
  PresentedCredentials,
} from './authorization.ts'
import type { Peer } from './mqtt/client.ts'

export function presentedHttp({
  rawHeaders,
  url = '/',
}: IncomingMessage): NonNullable<PresentedCredentials['http']> {
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  )
  const mark = url.indexOf('?')
  return { headers, queryString: mark < 0 ? '' : url.slice(mark + 1) }
}

export function questionOf(peer: Peer, shown: PresentedCredentials): CustomAuthQuestion {
  const { accountId, domain } = peer
  return { ...shown, accountId, authorizerConfig: domain?.authorizerConfig }
}

/** A certificate that the domain asks for beside has been let in before. Keeps who it is in `peer`. */
export async function authenticatePeer(
  { authenticate }: Pick<CustomAuthDeps, 'authenticate'>,
  peer: Peer,
  shown: PresentedCredentials,
): Promise<CustomAuthOutcome> {
  const { certificate, serverName } = peer
  const connectionId = (peer.connectionId ??= randomUUID())
  const outcome = await authenticate({
    ...questionOf(peer, shown),
    connectionId,
    serverName,
    ...(certificate && {
      certificate: {
        certificateId: certificate.certificateId,
        certificatePem: encodePem('CERTIFICATE', certificate.der),
      },
    }),
  })
  if (outcome.action === 'accept') peer.customAuth = outcome
  return outcome
}

/**
 * Who asks for a WebSocket: an IAM identity by signature, a device by the certificate of its handshake, or whoever a
 * custom authorizer lets in.
 */
import { AwsError } from '../../../api/aws/errors.ts'
import { isSigned, signedWith } from '../../../api/aws/sigv4/credential.ts'
import { verifyUpgrade } from '../../../api/aws/sigv4/verify-upgrade.ts'
import type { WireRequest } from '../../../api/aws/wire.ts'
import type { JournalCode } from '../../../observability/journal/index.ts'
import type { CallersDeps, CustomAuthDeps, PresentedCredentials } from '../authorization.ts'
import { authenticatePeer, questionOf } from '../custom-auth.ts'
import type { Peer } from '../mqtt/client.ts'
import type { RefusalDetails } from '../refuse.ts'
import { proofOf } from '../tls/domain-rules.ts'
import type { HandshakeFault } from './handshake.ts'

interface IdentifyDeps {
  region: string
  identities?: CallersDeps | undefined
  customAuth?: CustomAuthDeps | undefined
  now: () => Date
}

export type Identified =
  | { peer: Peer }
  | { fault: HandshakeFault; code: JournalCode; details?: RefusalDetails }

/**
 * A signature goes before a certificate. A certificate alone is judged with CONNECT, as on a plain connection.
 * @throws what is nobody's mistake but ours
 */
export async function identifyPeer(
  { request, http }: { request: WireRequest; http: NonNullable<PresentedCredentials['http']> },
  peer: Peer,
  { region, identities, customAuth, now }: IdentifyDeps,
): Promise<Identified> {
  if (!isSigned(request)) {
    const proof = proofOf(peer)
    if (proof === 'authorizer') return await askAuthorizer({ ...peer, isWebSocket: true, http }, customAuth)
    if (peer.certificate) return { peer: { ...peer, isWebSocket: true, http } }
    return { fault: unsigned, code: 'no-certificate' }
  }
  if (!identities) return { fault: unsigned, code: 'signature-refused' }
  try {
    const { findCredential } = identities
    const { caller, ...credential } = await verifyUpgrade(request, { now: now(), region, findCredential })
    return {
      peer: { ...withoutCertificate(peer), accountId: caller.accountId, identity: caller, credential },
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const { code, message } = error
    const accessKeyId = signedWith(request)
    return {
      fault: { status: 403, code, message },
      code: 'signature-refused',
      details: { reason: code, ...(accessKeyId !== undefined && { accessKeyId }) },
    }
  }
}

/**
 * Now, when the request itself names an authorizer or has a token for the one that is meant; else with CONNECT, whose
 * user name may. Source: AWS IoT Developer Guide, "Connecting to AWS IoT Core by using custom authentication".
 */
async function askAuthorizer(peer: Peer, customAuth: CustomAuthDeps | undefined): Promise<Identified> {
  if (!customAuth?.isOffered(peer.accountId)) return { fault: unsigned, code: 'no-certificate' }
  const shown = { http: peer.http }
  const meaning = customAuth.meaningOf(questionOf(peer, shown))
  if (meaning !== 'named' && meaning !== 'shown') return { peer }
  const outcome = await authenticatePeer(customAuth, peer, shown)
  if (outcome.action === 'accept') return { peer }
  return { fault: refused, code: outcome.code, details: outcome.details }
}

const refused: HandshakeFault = {
  status: 403,
  code: 'ForbiddenException',
  message: 'the custom authorizer does not let the client in',
}

function withoutCertificate(peer: Peer): Peer {
  const rest = { ...peer, isWebSocket: true }
  delete rest.certificate
  delete rest.certificateId
  return rest
}

const unsigned: HandshakeFault = {
  status: 403,
  code: 'MissingAuthenticationTokenException',
  message: 'the request has neither a signature nor a client certificate',
}

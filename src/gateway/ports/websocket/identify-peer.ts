/** Who asks for a WebSocket: an IAM identity by signature, or a device by the certificate of its handshake. */
import { AwsError } from '../../../api/aws/errors.ts'
import { isSigned, signedWith } from '../../../api/aws/sigv4/credential.ts'
import { verifyUpgrade } from '../../../api/aws/sigv4/verify-upgrade.ts'
import type { WireRequest } from '../../../api/aws/wire.ts'
import type { JournalCode } from '../../../observability/journal/index.ts'
import type { CallersDeps } from '../authorization.ts'
import type { Peer } from '../mqtt/client.ts'
import type { RefusalDetails } from '../refuse.ts'
import type { HandshakeFault } from './handshake.ts'

interface IdentifyDeps {
  region: string
  identities?: CallersDeps | undefined
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
  request: WireRequest,
  peer: Peer,
  { region, identities, now }: IdentifyDeps,
): Promise<Identified> {
  if (!isSigned(request)) {
    if (peer.certificate) return { peer: { ...peer, isWebSocket: true } }
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

/** Which protocols and proofs a domain takes. Source: AWS IoT Developer Guide, "Device communication protocols". */
import type { ApplicationProtocol, AuthenticationType, AuthorizerConfig } from '@aws-sdk/client-iot'

/** The demands of the domain that a client asked for by SNI. */
export interface PeerDomain {
  applicationProtocol: ApplicationProtocol
  authenticationType: AuthenticationType
  authorizerConfig?: AuthorizerConfig
}

/** What a client does: speaks MQTT, asks for a WebSocket, makes another HTTP request, or either of both. */
export type SpokenProtocol = 'mqtt' | 'websocket' | 'https' | 'http'

const spoken: Record<ApplicationProtocol, readonly SpokenProtocol[]> = {
  SECURE_MQTT: ['mqtt'],
  MQTT_WSS: ['http', 'websocket'],
  HTTPS: ['http', 'https'],
  DEFAULT: ['mqtt', 'http', 'websocket', 'https'],
}

/** What a client proves itself with. */
export type Proof = 'certificate' | 'signature' | 'authorizer' | 'certificate-and-authorizer'

const taken: Record<AuthenticationType, readonly Proof[]> = {
  AWS_X509: ['certificate'],
  AWS_SIGV4: ['signature'],
  CUSTOM_AUTH: ['authorizer'],
  CUSTOM_AUTH_X509: ['certificate-and-authorizer'],
  DEFAULT: ['certificate', 'signature', 'authorizer'],
}

/** Who is at the other end, as far as its domain asks. */
interface DomainPeer {
  domain?: PeerDomain
  /** The certificate of the handshake. */
  certificate?: object
  /** Who signed the request. */
  identity?: object
}

/**
 * How a client is to be judged; what it lacks for that is seen then. A signature goes before a certificate, and a
 * certificate before an authorizer, where the domain does not ask for one of them.
 */
export function proofOf({ domain, certificate, identity }: DomainPeer): Proof {
  if (identity) return 'signature'
  const { authenticationType = 'DEFAULT' } = domain ?? {}
  if (authenticationType === 'CUSTOM_AUTH') return 'authorizer'
  if (authenticationType === 'CUSTOM_AUTH_X509') return 'certificate-and-authorizer'
  if (certificate) return 'certificate'
  return authenticationType === 'DEFAULT' ? 'authorizer' : 'signature'
}

/** Whether a signed request is taken, whoever else could prove itself there. */
export const takesSignatures = ({ domain }: Pick<DomainPeer, 'domain'>): boolean =>
  taken[domain?.authenticationType ?? 'DEFAULT'].includes('signature')

/** Why the domain does not take it; nothing when it does, or the client asked for no configured domain. */
export function describeDomainRefusal(peer: DomainPeer, protocol: SpokenProtocol): string | undefined {
  if (!peer.domain) return undefined
  const { applicationProtocol, authenticationType } = peer.domain
  if (!spoken[applicationProtocol].includes(protocol))
    return `the domain takes ${applicationProtocol} only, not ${protocol}`
  if (protocol === 'http') return undefined // how it proves itself is told by the request
  const isTaken = taken[authenticationType].includes(proofOf(peer))
  return isTaken ? undefined : `the domain asks for ${authenticationType}`
}

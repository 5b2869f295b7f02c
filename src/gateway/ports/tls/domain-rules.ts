/** Which protocols and proofs a domain takes. Source: AWS IoT Developer Guide, "Device communication protocols". */
import type { ApplicationProtocol, AuthenticationType } from '@aws-sdk/client-iot'

/** The demands of the domain that a client asked for by SNI. */
export interface PeerDomain {
  applicationProtocol: ApplicationProtocol
  authenticationType: AuthenticationType
}

/** What a client does: speaks MQTT, asks for a WebSocket, makes another HTTP request, or either of both. */
export type SpokenProtocol = 'mqtt' | 'websocket' | 'https' | 'http'

const spoken: Record<ApplicationProtocol, readonly SpokenProtocol[]> = {
  SECURE_MQTT: ['mqtt'],
  MQTT_WSS: ['http', 'websocket'],
  HTTPS: ['http', 'https'],
  DEFAULT: ['mqtt', 'http', 'websocket', 'https'],
}

/** What a client may prove itself with; custom authorizers are not offered. */
const takesCertificates = new Set<AuthenticationType>(['AWS_X509', 'DEFAULT'])
const takesSignatures = new Set<AuthenticationType>(['AWS_SIGV4', 'DEFAULT'])

/** Who is at the other end, as far as its domain asks. */
interface DomainPeer {
  domain?: PeerDomain
  /** The certificate of the handshake. */
  certificate?: object
  /** Who signed the request. */
  identity?: object
}

/** Why the domain does not take it; nothing when it does, or the client asked for no configured domain. */
export function describeDomainRefusal(peer: DomainPeer, protocol: SpokenProtocol): string | undefined {
  if (!peer.domain) return undefined
  const { applicationProtocol, authenticationType } = peer.domain
  if (!spoken[applicationProtocol].includes(protocol))
    return `the domain takes ${applicationProtocol} only, not ${protocol}`
  if (protocol === 'http') return undefined // how it proves itself is told by the request
  const isCertificate = peer.certificate !== undefined && !peer.identity
  const isTaken = (isCertificate ? takesCertificates : takesSignatures).has(authenticationType)
  return isTaken ? undefined : `the domain asks for ${authenticationType}`
}

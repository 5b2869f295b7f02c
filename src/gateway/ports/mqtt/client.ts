import type { Caller } from '../../../api/aws/caller.ts'
import type { PresentedCertificate } from '../../../lib/presented-certificate.ts'
import type { DeviceCertificate } from '../../../pki/certificates/index.ts'
import type { Session, Will } from '../../../messaging/sessions/index.ts'
import type {
  ConnectConditions,
  CustomIdentity,
  DeviceAuthorization,
  PresentedCredentials,
} from '../authorization.ts'
import type { AnswerProperties } from '../codec/encode.ts'
import type { ProtocolVersion } from '../codec/packets.ts'
import type { Presence } from '../presence.ts'
import type { Refusal, Refused } from '../refuse.ts'
import type { Rights } from '../rights.ts'
import type { Ending } from './ending.ts'
import type { Inbound } from './inbound.ts'
import type { Traffic } from './traffic.ts'
import type { PeerDomain } from '../tls/domain-rules.ts'

/** Who is at the other end of a connection; known before any MQTT packet. */
export interface Peer {
  accountId: string
  /** That of the handshake, and its id; absent when none was presented. */
  certificate?: PresentedCertificate
  certificateId?: string
  /** Who signed the request for this connection; then the certificate of the handshake, if any, does not count. */
  identity?: Caller
  /** What it was signed with; `expiresAt` is of temporary credentials. */
  credential?: { accessKeyId?: string; expiresAt?: Date }
  sourceIp: string
  sourcePort?: number
  /** Who a custom authorizer says it is. */
  customAuth?: CustomIdentity
  /** How functions of custom authorizers are told of this connection; made when it is asked for first. */
  connectionId?: string
  /** The request for its WebSocket, where a custom authorizer may have to see it. */
  http?: PresentedCredentials['http']
  /** The protocol that was agreed on by ALPN. */
  alpn?: string
  /** The name the client asked for by SNI. */
  serverName?: string
  /** The domain it is served as: a configured one that it asked for, or the endpoint's. */
  domainName?: string
  /** What the configuration of that domain demands. */
  domain?: PeerDomain
  /** e.g. `TLSv1.3`. */
  tlsVersion?: string
  /** True when MQTT packets travel in WebSocket frames. */
  isWebSocket?: boolean
  /** Set for a person who came through the console, whosever rights count. */
  guest?: { arn: string; actsAs?: DeviceCertificate }
}

/**
 * As rules and lifecycle events name who is at the other end: what a custom authorizer calls it, the certificate id, or
 * the identity's unique id.
 */
export const principalOf = ({ customAuth, certificateId, identity }: Peer): string | undefined =>
  customAuth?.principalId ?? certificateId ?? identity?.userId

const protocolNames = { 4: 'MQTT 3.1.1', 5: 'MQTT 5' } as const

/** e.g. `MQTT 5 over WebSocket`. */
export const protocolOf = (version: ProtocolVersion, { isWebSocket = false }: Peer): string =>
  protocolNames[version] + (isWebSocket ? ' over WebSocket' : '')

/** One client that was let in, as the packet handlers see it. */
export interface Client {
  readonly peer: Peer
  readonly clientId: string
  /** What policies are asked about; another one than the connection's own for a guest of the console. */
  readonly judgedClientId: string
  /** Absent for a guest of the console: the thing is not connected by it. */
  readonly thingName?: string | undefined
  readonly version: ProtocolVersion
  readonly rights: Rights
  readonly session: Session
  readonly inbound: Inbound
  /** Of its account. */
  readonly traffic: Traffic
  readonly authorization: DeviceAuthorization
  /** What iot:Connect was asked with beside the client id, to ask it again. */
  readonly connectConditions: ConnectConditions | undefined
  /** The authorization's version that iot:Connect and the subscriptions were last judged by. */
  judgedVersion: number
  /** The CA certificate that brought the client's certificate in, if one did. */
  readonly caCertificateId?: string | undefined
  /** As the client asked. */
  readonly keepAliveSeconds: number
  /** The number of its claim of the client id, where there are other nodes. */
  readonly claimedAs?: number | undefined
  /** How lifecycle events name this connection. */
  presence?: Presence
  /** Published when the connection ends in another way than by DISCONNECT. */
  will: Will | undefined
  /** Counts a PUBLISH; false when it is one too many. */
  mayPublish: () => boolean
  /** Puts one packet among those that leave at the end of this turn. */
  send: (packet: Uint8Array) => void
  /** Records the refusal; gives the code to acknowledge with, or ends the connection and gives nothing. */
  refuse: (refusal: Refusal, refused: Refused) => number | undefined
  /** The answer to what was refused, with the reason in it where the client is to learn it. */
  explained: (
    refusal: Refusal | undefined,
    encode: (properties?: AnswerProperties) => Uint8Array,
  ) => Uint8Array
  end: (ending: Ending) => void
  /** From here on its session sends to it. */
  attach: () => void
  /** Leaves its session, which publishes the will, and lets go of what it holds. Called once, by the connection. */
  release: (ending: Ending) => void
}

import type { X509Certificate } from 'node:crypto'
import type { Message } from '../../fabric/index.ts'
import type { ProtocolVersion } from '../codec/packets.ts'
import type { Refusal, Refused } from '../refuse.ts'
import type { Rights } from '../rights.ts'
import type { Deliveries } from './deliveries.ts'
import type { Ending } from './ending.ts'
import type { Session } from './session.ts'

/** Who is at the other end of a connection; known before any MQTT packet. */
export interface Peer {
  accountId: string
  /** The certificate of the handshake, the same as it was read, and its SHA-256 in hex; absent when none was presented. */
  der?: Uint8Array
  x509?: X509Certificate
  certificateId?: string
  sourceIp: string
  /** The name the client asked for by SNI. */
  serverName?: string
  /** e.g. `TLSv1.3`. */
  tlsVersion?: string
}

/** One client that was let in, as the packet handlers see it. */
export interface Client {
  readonly peer: Peer
  readonly clientId: string
  readonly thingName?: string | undefined
  readonly version: ProtocolVersion
  readonly rights: Rights
  readonly session: Session
  readonly deliveries: Deliveries
  /** Published when the connection ends in another way than by DISCONNECT. */
  will: Message | undefined
  /** Puts one packet among those that leave at the end of this turn. */
  send: (packet: Uint8Array) => void
  /** Records the refusal; gives the code to acknowledge with, or ends the connection and gives nothing. */
  refuse: (refusal: Refusal, refused: Refused) => number | undefined
  end: (ending: Ending) => void
  /** Lets go of all that the client holds in the server. Called once, by the connection, when it ends. */
  release: () => void
}

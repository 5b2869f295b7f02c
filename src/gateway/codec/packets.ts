/** The MQTT packets a client may send, as the handlers see them, whatever parses them. */
import type { IConnectPacket, ISubscription } from 'mqtt-packet'
import type { MessageProperties } from '../../fabric/index.ts'

/** 4 is MQTT 3.1.1. */
export type ProtocolVersion = 4 | 5

/** By the number in the first four bits of a packet; 0 is forbidden. */
export const packetTypes = [
  'reserved',
  'connect',
  'connack',
  'publish',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'suback',
  'unsubscribe',
  'unsuback',
  'pingreq',
  'pingresp',
  'disconnect',
  'auth',
] as const

export type PacketType = (typeof packetTypes)[number]

export interface WillMessage {
  topic: string
  payload: Uint8Array
  qos: 0 | 1 | 2
  retain: boolean
  properties?: MessageProperties
}

export interface ConnectPacket {
  type: 'connect'
  version: ProtocolVersion
  clientId: string
  isClean: boolean
  keepAliveSeconds: number
  username?: string
  will?: WillMessage
  /** MQTT 5; empty for 3.1.1. */
  properties: NonNullable<IConnectPacket['properties']>
}

export interface PublishPacket {
  type: 'publish'
  topic: string
  payload: Uint8Array
  qos: 0 | 1 | 2
  retain: boolean
  isDuplicate: boolean
  /** 0 with QoS 0. */
  packetId: number
  topicAlias?: number
  properties?: MessageProperties
  /** The packet as it came, when a QoS 0 receiver of the same protocol version can be sent the same bytes. */
  wire?: Uint8Array
}

export interface PubackPacket {
  type: 'puback'
  packetId: number
}

export type RequestedSubscription = Required<ISubscription>

export interface SubscribePacket {
  type: 'subscribe'
  packetId: number
  subscriptions: readonly RequestedSubscription[]
  subscriptionIdentifier?: number
}

export interface UnsubscribePacket {
  type: 'unsubscribe'
  packetId: number
  filters: readonly string[]
}

export interface PingreqPacket {
  type: 'pingreq'
}

export interface DisconnectPacket {
  type: 'disconnect'
  /** 0 for 3.1.1. */
  reasonCode: number
  sessionExpirySeconds?: number
}

/** What a connected client may send. */
export type SessionPacket =
  | PublishPacket
  | PubackPacket
  | SubscribePacket
  | UnsubscribePacket
  | PingreqPacket
  | DisconnectPacket

/** The MQTT packets a client may send, as the handlers see them, whatever parses them. */
import type { MessageProperties } from '../../../fabric/in-process/index.ts'
import type { Properties } from './properties.ts'

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
  /** MQTT 5: how long it waits after the connection has ended. */
  delaySeconds?: number
  properties?: MessageProperties
}

/** MQTT 5.0 3.1.2.11 */
export type ConnectProperties = Pick<
  Properties,
  | 'sessionExpiryInterval'
  | 'receiveMaximum'
  | 'maximumPacketSize'
  | 'topicAliasMaximum'
  | 'requestResponseInformation'
  | 'requestProblemInformation'
  | 'userProperties'
  | 'authenticationMethod'
  | 'authenticationData'
>

export interface ConnectPacket {
  type: 'connect'
  version: ProtocolVersion
  clientId: string
  isClean: boolean
  keepAliveSeconds: number
  username?: string
  password?: Uint8Array
  will?: WillMessage
  /** MQTT 5; empty for 3.1.1. */
  properties: ConnectProperties
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

interface Acknowledgement<Type> {
  type: Type
  packetId: number
  /** 0 for 3.1.1. */
  reasonCode: number
}

export type PubackPacket = Acknowledgement<'puback'>
export type PubrecPacket = Acknowledgement<'pubrec'>
export type PubrelPacket = Acknowledgement<'pubrel'>
export type PubcompPacket = Acknowledgement<'pubcomp'>

/** One filter of SUBSCRIBE with its options; those of MQTT 5 are false and 0 for 3.1.1. */
export interface RequestedSubscription {
  topic: string
  qos: 0 | 1 | 2
  /** No Local. */
  nl: boolean
  /** Retain As Published. */
  rap: boolean
  /** Retain Handling. */
  rh: 0 | 1 | 2
}

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
  | PubrecPacket
  | PubrelPacket
  | PubcompPacket
  | SubscribePacket
  | UnsubscribePacket
  | PingreqPacket
  | DisconnectPacket

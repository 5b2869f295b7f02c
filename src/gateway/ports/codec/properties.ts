/** The properties of MQTT 5: their names here, identifiers, and types on the wire. Source: MQTT 5.0 2.2.2.2, table 2-4. */
import type { UserProperties } from '../../../fabric/in-process/index.ts'

/** Every property there is, whichever packet it belongs to. */
export interface Properties {
  payloadFormatIndicator?: boolean
  /** Seconds. */
  messageExpiryInterval?: number
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  subscriptionIdentifier?: number
  /** Seconds. */
  sessionExpiryInterval?: number
  assignedClientIdentifier?: string
  serverKeepAlive?: number
  authenticationMethod?: string
  authenticationData?: Uint8Array
  requestProblemInformation?: boolean
  /** Seconds. */
  willDelayInterval?: number
  requestResponseInformation?: boolean
  responseInformation?: string
  serverReference?: string
  reasonString?: string
  receiveMaximum?: number
  topicAliasMaximum?: number
  topicAlias?: number
  maximumQoS?: number
  retainAvailable?: boolean
  userProperties?: UserProperties
  maximumPacketSize?: number
  wildcardSubscriptionAvailable?: boolean
  subscriptionIdentifiersAvailable?: boolean
  sharedSubscriptionAvailable?: boolean
}

export type PropertyName = keyof Properties

/** `flag` is a byte that is 0 or 1; `length` a variable byte integer above 0. */
export type PropertyType = 'flag' | 'uint16' | 'uint32' | 'length' | 'text' | 'bytes' | 'pair'

export const propertyTable = {
  payloadFormatIndicator: { id: 0x01, type: 'flag' },
  messageExpiryInterval: { id: 0x02, type: 'uint32' },
  contentType: { id: 0x03, type: 'text' },
  responseTopic: { id: 0x08, type: 'text' },
  correlationData: { id: 0x09, type: 'bytes' },
  subscriptionIdentifier: { id: 0x0b, type: 'length' },
  sessionExpiryInterval: { id: 0x11, type: 'uint32' },
  assignedClientIdentifier: { id: 0x12, type: 'text' },
  serverKeepAlive: { id: 0x13, type: 'uint16' },
  authenticationMethod: { id: 0x15, type: 'text' },
  authenticationData: { id: 0x16, type: 'bytes' },
  requestProblemInformation: { id: 0x17, type: 'flag' },
  willDelayInterval: { id: 0x18, type: 'uint32' },
  requestResponseInformation: { id: 0x19, type: 'flag' },
  responseInformation: { id: 0x1a, type: 'text' },
  serverReference: { id: 0x1c, type: 'text' },
  reasonString: { id: 0x1f, type: 'text' },
  receiveMaximum: { id: 0x21, type: 'uint16' },
  topicAliasMaximum: { id: 0x22, type: 'uint16' },
  topicAlias: { id: 0x23, type: 'uint16' },
  maximumQoS: { id: 0x24, type: 'flag' },
  retainAvailable: { id: 0x25, type: 'flag' },
  userProperties: { id: 0x26, type: 'pair' },
  maximumPacketSize: { id: 0x27, type: 'uint32' },
  wildcardSubscriptionAvailable: { id: 0x28, type: 'flag' },
  subscriptionIdentifiersAvailable: { id: 0x29, type: 'flag' },
  sharedSubscriptionAvailable: { id: 0x2a, type: 'flag' },
} as const satisfies Record<PropertyName, { id: number; type: PropertyType }>

const message = [
  'payloadFormatIndicator',
  'messageExpiryInterval',
  'contentType',
  'responseTopic',
  'correlationData',
  'userProperties',
] as const

/** Which properties a client may send, by packet. */
export const allowedProperties = {
  connect: [
    'sessionExpiryInterval',
    'receiveMaximum',
    'maximumPacketSize',
    'topicAliasMaximum',
    'requestResponseInformation',
    'requestProblemInformation',
    'userProperties',
    'authenticationMethod',
    'authenticationData',
  ],
  will: [...message, 'willDelayInterval'],
  publish: [...message, 'topicAlias'],
  acknowledgement: ['reasonString', 'userProperties'],
  subscribe: ['subscriptionIdentifier', 'userProperties'],
  unsubscribe: ['userProperties'],
  disconnect: ['sessionExpiryInterval', 'reasonString', 'userProperties'],
} as const satisfies Record<string, readonly PropertyName[]>

export type PropertyOwner = keyof typeof allowedProperties

/**
 * How MQTT is spoken: as AWS IoT Core does, or as the OASIS standards say. Every difference between the two is a field
 * here. Sources: AWS IoT Developer Guide, "MQTT", "AWS IoT differences from MQTT specifications"; MQTT 3.1.1; MQTT 5.0.
 */
import { expiryBounds } from '../../messaging/data-plane/index.ts'
import type { GatewayLimits } from './limits.ts'

export type ProfileName = 'aws' | 'standard'

export interface MqttProfile {
  name: ProfileName
  /** The highest QoS of PUBLISH, of wills, and of what SUBSCRIBE is granted. */
  maximumQos: 1 | 2
  /** `sensor/#` matches `sensor` too. MQTT 5.0 4.7.1.2 */
  doesHashMatchParent: boolean
  offersSubscriptionIdentifiers: boolean
  /** A new subscription with `+` or `#` gets the retained messages it matches. */
  sendsRetainedForWildcards: boolean
  /** A keep alive of 0 is none; else it is the longest one. */
  allowsNoKeepAlive: boolean
  /** Client ids that begin with `$` are refused, beside those that the server has assigned to the same principal. */
  reservesDollarClientIds: boolean
  /** `$` topics beside the listed ones are refused, in SUBSCRIBE and PUBLISH; else only `$aws/` is the server's own. */
  reservesDollarTopics: boolean
  /** A close frame of a WebSocket counts as DISCONNECT: no will. [MQTT-3.1.2-8] wants it. */
  takesCloseFrameForDisconnect: boolean
  /** QoS 1 that is not acknowledged is sent again on the same connection. MQTT 5.0 forbids it: [MQTT-4.4.0-1] */
  retriesUnacknowledged: boolean
  /** Seconds of a message's life; without bounds it is as the publisher says. AWS General Reference, "message broker" */
  expiryBounds: { min: number; max: number } | undefined
  /** Where the defaults are AWS's and not the standard's. */
  limits: Partial<GatewayLimits>
}

const aws: MqttProfile = {
  name: 'aws',
  maximumQos: 1,
  doesHashMatchParent: false,
  offersSubscriptionIdentifiers: false,
  sendsRetainedForWildcards: false,
  allowsNoKeepAlive: false,
  reservesDollarClientIds: true,
  reservesDollarTopics: true,
  takesCloseFrameForDisconnect: true,
  retriesUnacknowledged: true,
  expiryBounds,
  limits: {},
}

/** The most that a two-byte length can say. */
const maxTextBytes = 65_535
const mebibyte = 1024 * 1024

const standard: MqttProfile = {
  name: 'standard',
  maximumQos: 2,
  doesHashMatchParent: true,
  offersSubscriptionIdentifiers: true,
  sendsRetainedForWildcards: true,
  allowsNoKeepAlive: true,
  reservesDollarClientIds: false,
  reservesDollarTopics: false,
  takesCloseFrameForDisconnect: false,
  retriesUnacknowledged: false,
  expiryBounds: undefined,
  limits: {
    maxPacketBytes: mebibyte,
    maxPayloadBytes: mebibyte,
    maxTopicBytes: maxTextBytes,
    maxTopicSlashes: maxTextBytes,
    maxContentTypeBytes: maxTextBytes,
    maxCorrelationDataBytes: maxTextBytes,
    maxUserPropertyBytes: mebibyte,
    maxClientIdBytes: maxTextBytes,
    maxFiltersPerSubscribe: maxTextBytes,
    maxSubscriptions: 10_000,
    minKeepAliveSeconds: 1,
    maxKeepAliveSeconds: maxTextBytes,
    maxTopicAliases: 100,
    maxConnectsPerSecond: 0,
    maxConnectsPerSecondOfClientId: 0,
    maxPublishesPerSecond: 0,
    maxBytesPerSecond: 0,
  },
}

export const profiles: Readonly<Record<ProfileName, MqttProfile>> = { aws, standard }

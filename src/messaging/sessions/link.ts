import type { Message } from '../../fabric/in-process/index.ts'

/** How one QoS 1 or 2 message is sent to the client, apart from what its connection adds. */
export interface Delivery {
  qos: 1 | 2
  retain: boolean
  packetId: number
  /** It may have been sent before. [MQTT-3.3.1-1] */
  isDuplicate: boolean
  /** What is left of the message's life, when it has waited. [MQTT-3.3.2-6] */
  expirySeconds?: number | undefined
  subscriptionIdentifiers?: readonly number[] | undefined
}

/** When a message is sent again, after it was sent last and for how long after it was sent first. */
export interface Retry {
  afterMs: number
  forMs: number
}

/** The connected client, as its session sees it. */
export interface Link {
  /** Messages that may be unacknowledged at a time. */
  readonly window: number
  /** When QoS 1 messages that are not acknowledged are sent again; absent: on the next connection. */
  readonly retry?: Retry | undefined
  /** Asks for iot:Receive, and records a denial. */
  mayReceive: (topic: string) => boolean
  /** True when the client reads too slowly to be sent more. */
  isCongested: () => boolean
  /** QoS 0. False when the packet is larger than the client takes. */
  sendOnce: (message: Message, retain: boolean, identifiers: readonly number[] | undefined) => boolean
  /** False when the packet is larger than the client takes: it counts as delivered then. [MQTT-3.1.2-25] */
  send: (message: Message, delivery: Delivery) => boolean
  /** PUBREL */
  sendRelease: (packetId: number, reasonCode?: number) => void
  /** More waits than may, and the client takes nothing; the connection is ended. */
  giveUp: () => void
  /** What has to be read or written for it could not be; the connection is ended. */
  fail: () => void
  /** Its client is connected to another node by now; the connection is ended. */
  replace: () => void
}

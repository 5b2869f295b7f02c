/**
 * Messages between the parts of Muster (and, later, its nodes): publish and subscribe by MQTT topic, and
 * announcements of changes so that caches never serve what no longer holds.
 */

/** MQTT 5 properties of an application message that travel with it. */
export interface MessageProperties {
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  /** True when the payload is UTF-8 text. */
  payloadFormatIndicator?: boolean
  /** Seconds. */
  messageExpiryInterval?: number
  userProperties?: Record<string, string | string[]>
}

/** One published application message. Its payload is shared by all receivers: never write to it. */
export interface Message {
  accountId: string
  topic: string
  payload: Uint8Array
  qos: 0 | 1
  retain: boolean
  properties?: MessageProperties
  /** Who published: context for rules and lifecycle, not part of the message. */
  publisher?: { clientId?: string; principal?: string; sourceIp?: string }
  /** How many rules have republished it one after another, so that rules that feed each other come to an end. */
  hops?: number
}

/** What was changed and committed; `id` is the certificate id, policy name, thing name, rule name, or ARN of an identity. */
export interface Change {
  accountId: string
  kind:
    | 'certificate'
    | 'ca-certificate'
    | 'iot-policy'
    | 'policy-attachment'
    | 'thing'
    | 'thing-principal'
    | 'thing-group'
    | 'topic-rule'
    | 'identity'
  id: string
}

export interface Fabric {
  /** Hands the message to every subscriber whose filter matches, in the order they subscribed. */
  publish: (message: Message) => void
  /** `filter` is an MQTT topic filter with AWS's rules (`a/#` does not match `a`). */
  subscribe: (accountId: string, filter: string, receive: (message: Message) => void) => Disposable
  /** Resolves when every listener has taken the changes in, so a caller may answer after it. */
  announce: (...changes: Change[]) => Promise<void>
  onChange: (listener: (change: Change) => void | Promise<void>) => Disposable
}

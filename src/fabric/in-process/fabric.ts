/**
 * Messages between the parts of Muster (and, later, its nodes): publish and subscribe by MQTT topic, and
 * announcements of changes so that caches never serve what no longer holds.
 */

/** In the order they were given; a name may come more than once. [MQTT-3.3.2-18] */
export type UserProperties = readonly (readonly [name: string, value: string])[]

/** MQTT 5 properties of an application message that travel with it. */
export interface MessageProperties {
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  /** True when the payload is UTF-8 text. */
  payloadFormatIndicator?: boolean
  /** Seconds. */
  messageExpiryInterval?: number
  userProperties?: UserProperties
}

/** One published application message. Its payload is shared by all receivers: never write to it. */
export interface Message {
  accountId: string
  topic: string
  payload: Uint8Array
  /** 2 only from clients of the standard MQTT profile. */
  qos: 0 | 1 | 2
  retain: boolean
  properties?: MessageProperties
  /** Who published: context for rules and lifecycle, not part of the message. */
  publisher?: { clientId?: string; principal?: string; sourceIp?: string }
  /** How many rules have republished it one after another, so that rules that feed each other come to an end. */
  hops?: number
  /** The last will of a client, which the services behind reserved topics do not act on. */
  isWill?: true
}

/** For which shared groups a message is: each with the node whose members are to have it, and those that had none. */
export type Shares = readonly (readonly [name: string, nodeName: string, ...tried: string[]])[]

/**
 * What was changed and committed; `id` is the certificate id, policy name, thing name, thing type name, rule name, name of the domain
 * configuration, role alias, authorizer, function, or ARN of an identity; of a revocation list the id of its CA certificate; of logging
 * options and of event configurations the account id; of a retained message its topic; of a session that has begun, or that another
 * node has by now, its client id; of the filters of sessions the filter; of an account the account's own.
 */
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
    | 'thing-type'
    | 'topic-rule'
    | 'identity'
    | 'revocation-list'
    | 'domain-configuration'
    | 'role-alias'
    | 'authorizer'
    | 'function'
    | 'logging-options'
    | 'event-configurations'
    | 'retained-message'
    | 'session'
    | 'session-begun'
    | 'session-filter'
    | 'account'
  id: string
}

/**
 * A receiver keeps no more messages, and its publisher is to know: the message has not reached it, though it may have
 * reached others. Nobody else need hear of it.
 */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError'

  constructor() {
    super('a subscriber has no room for more messages')
  }
}

/** For a publisher that has done its part: that a subscriber had no room is between it and the operator. */
export async function despiteNoRoom(published: Promise<void> | undefined): Promise<void> {
  try {
    await published
  } catch (cause) {
    if (!(cause instanceof NoRoomError)) throw cause
  }
}

/** Takes a message in; a promise, when it must be durable before its publisher hears that it arrived. */
export type Receive = ((message: Message) => void) | ((message: Message) => Promise<void> | undefined)

export interface Fabric {
  /**
   * Hands the message to every subscriber whose filter matches, in the order they subscribed. A promise, when some
   * of them have to make it durable: it resolves once they all have, and rejects when one of them could not.
   */
  publish: (message: Message) => Promise<void> | undefined
  /** Cheaper than `publish`, also for topics that are never seen again: whoever asks may save building the message. */
  hasSubscribers: (accountId: string, topic: string) => boolean
  /** `filter` is an MQTT topic filter with AWS's rules (`a/#` does not match `a`), unless the fabric was told otherwise. */
  subscribe: (accountId: string, filter: string, receive: Receive) => Disposable
  /** Resolves when every listener has taken the changes in, so a caller may answer after it. */
  announce: (...changes: Change[]) => Promise<void>
  onChange: (listener: (change: Change) => void | Promise<void>) => Disposable
}

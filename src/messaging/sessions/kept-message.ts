import type { Message } from '../../fabric/in-process/index.ts'
import type { DeliveryState } from './delivery-states.ts'
import type { Delivery } from './link.ts'
import type { Share } from './outgoing.ts'
import type { SentTimes } from './retries.ts'

/** Whose rows they are: those of a session, or of a shared group's queue. */
export interface QueueKey {
  accountId: string
  sessionId: number
  /** Of a session where several nodes have one database: it is another node's when its row has a higher one. */
  epoch?: number
}

/** A QoS 1 or 2 message that is kept until its receiver has it. */
export interface KeptMessage {
  readonly queue: QueueKey
  readonly seq: number
  readonly message: Message
  readonly qos: 1 | 2
  readonly retain: boolean
  readonly identifiers?: readonly number[] | undefined
  /** Epoch milliseconds. [MQTT-3.3.2-5] */
  readonly expiresAt?: number | undefined
  state: DeliveryState
  /** It may have been sent before. */
  isDuplicate: boolean
  isDurable: boolean
  /** Over this connection, where it may be sent again on it. */
  sentTimes?: SentTimes
  /** It is not sent before. */
  readonly isSentOnceDurable?: boolean
  readonly share?: Share | undefined
  /** It could not be stored. */
  isLost?: true
  /** Its receiver has it, or is not to have it. */
  isDone?: true
}

/** What is new of it is not durable, and has not been sent. */
export const newMessage = (
  of: Omit<KeptMessage, 'state' | 'isDuplicate' | 'isDurable' | 'isLost' | 'isDone' | 'sentTimes'>,
): KeptMessage => ({ ...of, state: 'waiting', isDuplicate: false, isDurable: false })

const maxPacketId = 65_535

/** The same after a restart, without being stored. */
export const packetIdOf = (seq: number): number => (seq % maxPacketId) + 1

export function expiryOf({ properties }: Message, now: number): number | undefined {
  const seconds = properties?.messageExpiryInterval
  return seconds === undefined ? undefined : now + seconds * 1000
}

/** What is left of it, when less than the message came with. */
export function remainingSeconds(
  message: Message,
  expiresAt: number | undefined,
  now: number,
): number | undefined {
  if (expiresAt === undefined) return undefined
  const seconds = Math.max(Math.ceil((expiresAt - now) / 1000), 1)
  return seconds === message.properties?.messageExpiryInterval ? undefined : seconds
}

/** Not what may have been received with QoS 2: its client may be about to ask for the rest of the exchange. */
export const isDroppable = ({ qos, isDuplicate }: KeptMessage): boolean => qos === 1 || !isDuplicate

/** How it is sent now. */
export function deliveryOf(kept: KeptMessage, now: () => Date): Delivery {
  const { seq, message, qos, retain, isDuplicate, expiresAt, identifiers } = kept
  const expirySeconds =
    expiresAt === undefined ? undefined : remainingSeconds(message, expiresAt, now().getTime())
  const packetId = packetIdOf(seq)
  return { qos, retain, packetId, isDuplicate, expirySeconds, subscriptionIdentifiers: identifiers }
}

/**
 * Gives messages a payload of their own, because that of an incoming one is part of a far larger buffer. One copy
 * serves all sessions that keep the message: their deliveries follow each other.
 */
export class OwnPayloads {
  #original: WeakRef<Message> | undefined
  #copy: WeakRef<Message> | undefined

  copyOf(message: Message): Message {
    const known = this.#original?.deref() === message ? this.#copy?.deref() : undefined
    if (known) return known
    const copy = { ...message, payload: Uint8Array.from(message.payload) }
    this.#original = new WeakRef(message)
    this.#copy = new WeakRef(copy)
    return copy
  }
}

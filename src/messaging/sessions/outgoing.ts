import type { Message } from '../../fabric/in-process/index.ts'
import type { DeliveryAnswer } from './delivery-states.ts'
import type { CountDropped } from './drops.ts'
import type { Link } from './link.ts'

/** How a message is wanted, by the subscription that matched it or by the queue it comes from. */
export interface Wanted {
  qos: 0 | 1 | 2
  retainAsPublished: boolean
}

/** Which message of which shared group. */
export interface Share {
  /** Of the group: `<group>/<filter>` */
  name: string
  /** Its number in the log. */
  seq: number
}

/** Of a message that one member of a shared group was given. */
export interface Loan {
  /** Epoch milliseconds. */
  expiresAt?: number | undefined
  /** It is stored until it is settled. */
  isStored: boolean
  /** Where several nodes have one database: what it is to the group, if the member turns out to be another node's. */
  share?: Share
  /** The member has it. */
  settle: () => void
  /** The member has gone without acknowledging it. */
  giveBack: () => void
}

export interface DeliveryExtras {
  identifiers?: readonly number[] | undefined
  loan?: Loan | undefined
}

/** What is on its way to one client. */
export interface Outgoing {
  readonly queuedMessages: number
  /** True when another message would leave at once. */
  readonly canTake: boolean
  /** No more than what is there may wait, and this message would. */
  isFull: (message: Message) => boolean
  /** A promise when it has to be durable before its publisher is told; it may reject with `NoRoomError`. */
  deliver: (message: Message, wanted: Wanted, extras?: DeliveryExtras) => Promise<void> | undefined
  answer: (answer: DeliveryAnswer, packetId: number) => void
  /** For a QoS 1 message that is not of this queue; undefined when the client has no room for one more. */
  lendPacketId: () => number | undefined
  takeBack: (packetId: number) => void
  attach: (link: Link) => void
  /** The client has gone, in order: what was sent may be sent again, to it or to another. */
  detach: () => void
  /** Sends what stands in line as far as the client takes it. */
  resume: () => void
}

export const effectiveQos = (message: Message, { qos }: Wanted): 0 | 1 | 2 =>
  message.qos < qos ? message.qos : qos

/** What need not stand in line: QoS 0, which is sent now or never, and what the client may not have. False for the rest. */
export function passBy(
  { link, countDropped }: { link: Link | undefined; countDropped: CountDropped },
  message: Message,
  { qos, retain, extras }: { qos: 0 | 1 | 2; retain: boolean; extras: DeliveryExtras | undefined },
): boolean {
  const { topic } = message
  const isGranted = link ? link.mayReceive(topic) : qos > 0 // asked again when it is sent
  if (isGranted && qos > 0) return false
  if (isGranted && link?.isCongested()) countDropped('congested', topic)
  else if (isGranted && link?.sendOnce(message, retain, extras?.identifiers) === false)
    countDropped('too-large', topic)
  extras?.loan?.settle()
  return true
}

const packetNotFound = 0x92

/** To a PUBREC that belongs to nothing, so that the client can let go of it. MQTT 5.0 4.3.3 */
export function answerUnknown(link: Link | undefined, answer: DeliveryAnswer, packetId: number): void {
  if (answer === 'pubrec') link?.sendRelease(packetId, packetNotFound)
}

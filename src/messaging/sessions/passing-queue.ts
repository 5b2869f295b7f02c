import type { Message } from '../../fabric/index.ts'
import { deliverySteps, type DeliveryAnswer, type DeliveryState } from './delivery-states.ts'
import { expiryOf, remainingSeconds } from './kept-message.ts'
import type { Link } from './link.ts'
import {
  answerUnknown,
  effectiveQos,
  type DeliveryExtras,
  type Loan,
  type Outgoing,
  type Wanted,
} from './outgoing.ts'

/** A message that waits for its turn. */
interface Waiting extends DeliveryExtras {
  message: Message
  qos: 1 | 2
  retain: boolean
  expiresAt: number | undefined
}

export interface PassingLimits {
  maxWaiting: number
  /** Of payload. */
  maxWaitingBytes: number
}

const maxPacketId = 65_535

/** For a session that ends with its connection: nothing is stored, and what was sent is not remembered. */
export class PassingQueue implements Outgoing {
  readonly #limits: PassingLimits
  readonly #now: () => Date
  readonly #qos1 = new Set<number>()
  /** By packet id; QoS 2 is rare. */
  #qos2: Map<number, DeliveryState> | undefined
  #loans: Map<number, Loan> | undefined
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #lastPacketId = 0
  #link: Link | undefined

  constructor(limits: PassingLimits, now: () => Date) {
    this.#limits = limits
    this.#now = now
  }

  get queuedMessages(): number {
    return this.#waiting.length + this.#unacknowledged
  }

  get canTake(): boolean {
    return this.#waiting.length === 0 && this.#hasRoom() && this.#link?.isCongested() === false
  }

  deliver(message: Message, wanted: Wanted, extras?: DeliveryExtras): undefined {
    const link = this.#link
    if (!link?.mayReceive(message.topic)) {
      extras?.loan?.settle()
      return
    }
    const retain = message.retain && wanted.retainAsPublished
    const qos = effectiveQos(message, wanted)
    if (qos === 0) {
      if (!link.isCongested()) link.sendOnce(message, retain, extras?.identifiers)
      extras?.loan?.settle()
      return
    }
    if (this.#waiting.length === 0 && this.#hasRoom() && !link.isCongested())
      return this.#send(link, message, { qos, retain, extras })
    const expiresAt = extras?.loan ? extras.loan.expiresAt : expiryOf(message, this.#now().getTime())
    this.#line({ message, qos, retain, expiresAt, ...extras })
  }

  answer(answer: DeliveryAnswer, packetId: number): void {
    if (this.#qos1.has(packetId)) {
      if (answer === 'puback') this.#settle(packetId)
    } else this.#answerQos2(answer, packetId)
    this.resume()
  }

  attach(link: Link): void {
    this.#link = link
  }

  detach(): void {
    this.#link = undefined
    const waiting = this.#waiting.splice(0)
    const loans = this.#loans
    this.#loans = undefined
    for (const loan of loans?.values() ?? []) loan.giveBack()
    for (const { loan } of waiting) loan?.giveBack()
  }

  resume(): void {
    while (this.#link && this.#hasRoom() && !this.#link.isCongested()) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#waitingBytes -= next.message.payload.length
      const { message, qos, retain, expiresAt } = next
      const isExpired = expiresAt !== undefined && expiresAt <= this.#now().getTime()
      if (isExpired || !this.#link.mayReceive(message.topic)) next.loan?.settle()
      else this.#send(this.#link, message, { qos, retain, expiresAt, extras: next })
    }
  }

  #send(
    link: Link,
    message: Message,
    how: { qos: 1 | 2; retain: boolean; expiresAt?: number | undefined; extras: DeliveryExtras | undefined },
  ): undefined {
    const { qos, retain, expiresAt, extras } = how
    const packetId = this.#takePacketId(qos)
    if (extras?.loan) (this.#loans ??= new Map()).set(packetId, extras.loan)
    const isSent = link.send(message, {
      qos,
      retain,
      packetId,
      isDuplicate: false,
      expirySeconds:
        expiresAt === undefined ? undefined : remainingSeconds(message, expiresAt, this.#now().getTime()),
      subscriptionIdentifiers: extras?.identifiers,
    })
    if (!isSent) this.#settle(packetId)
  }

  /** What is one too many ends the connection. */
  #line(waiting: Waiting): void {
    const bytes = this.#waitingBytes + waiting.message.payload.length
    const { maxWaiting, maxWaitingBytes } = this.#limits
    if (this.#waiting.length >= maxWaiting || bytes > maxWaitingBytes) {
      this.#link?.giveUp()
      waiting.loan?.giveBack()
      return
    }
    this.#waiting.push(waiting)
    this.#waitingBytes = bytes
  }

  #answerQos2(answer: DeliveryAnswer, packetId: number): void {
    const state = this.#qos2?.get(packetId)
    if (!state) return answerUnknown(this.#link, answer, packetId)
    const step = deliverySteps[2][state][answer]
    if (step.next === 'done') return this.#settle(packetId)
    this.#qos2?.set(packetId, step.next)
    if (step.next === 'released') this.#settleLoan(packetId) // the client has the message
    if (step.answer === 'release') this.#link?.sendRelease(packetId)
  }

  #settle(packetId: number): void {
    this.#qos1.delete(packetId)
    this.#qos2?.delete(packetId)
    this.#settleLoan(packetId)
  }

  #settleLoan(packetId: number): void {
    const loan = this.#loans?.get(packetId)
    this.#loans?.delete(packetId)
    loan?.settle()
  }

  #hasRoom(): boolean {
    return this.#unacknowledged < (this.#link?.window ?? 0)
  }

  get #unacknowledged(): number {
    return this.#qos1.size + (this.#qos2?.size ?? 0)
  }

  #takePacketId(qos: 1 | 2): number {
    do this.#lastPacketId = (this.#lastPacketId % maxPacketId) + 1
    while (this.#qos1.has(this.#lastPacketId) || this.#qos2?.has(this.#lastPacketId))
    if (qos === 1) this.#qos1.add(this.#lastPacketId)
    else (this.#qos2 ??= new Map()).set(this.#lastPacketId, 'sent')
    return this.#lastPacketId
  }
}

import type { Message } from '../../fabric/in-process/index.ts'
import { deliverySteps, type DeliveryAnswer, type DeliveryState } from './delivery-states.ts'
import { expiryOf, remainingSeconds, type OwnPayloads } from './kept-message.ts'
import type { Delivery, Link } from './link.ts'
import {
  answerUnknown,
  effectiveQos,
  passBy,
  type DeliveryExtras,
  type Loan,
  type Outgoing,
  type Wanted,
} from './outgoing.ts'
import { takeDue, type Retries, type Retrying, type SentTimes } from './retries.ts'
import { turnAway, type FullQueueDeps } from './when-full.ts'

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
  /** A client that acknowledges nothing for so long while too much waits for it is given up. */
  maxStalledMs: number
}

export interface PassingQueueDeps extends FullQueueDeps {
  now: () => Date
  retries: Retries
  ownPayloads: OwnPayloads
}

/** A QoS 1 message that may be sent again. */
interface SentMessage {
  message: Message
  delivery: Delivery
  expiresAt: number | undefined
  sentTimes: SentTimes
  /** The message has a payload of its own. */
  isOwn: boolean
}

const maxPacketId = 65_535

/** For a session that ends with its connection: nothing is stored, and what was sent is not remembered. */
export class PassingQueue implements Outgoing, Retrying {
  readonly #limits: PassingLimits
  readonly #deps: PassingQueueDeps
  /** By packet id; with what it takes to send it again where that is done. */
  readonly #qos1 = new Map<number, SentMessage | undefined>()
  /** By packet id; QoS 2 is rare. */
  #qos2: Map<number, DeliveryState> | undefined
  #loans: Map<number, Loan> | undefined
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  /** When the client acknowledged something, or the line began to form: epoch milliseconds. */
  #movedAt = 0
  #lastPacketId = 0
  #link: Link | undefined

  constructor(limits: PassingLimits, deps: PassingQueueDeps) {
    this.#limits = limits
    this.#deps = deps
  }

  get queuedMessages(): number {
    return this.#waiting.length + this.#unacknowledged
  }

  get canTake(): boolean {
    return this.#waiting.length === 0 && this.#hasRoom() && this.#link?.isCongested() === false
  }

  isFull({ payload }: Message): boolean {
    const { maxWaiting, maxWaitingBytes } = this.#limits
    if (this.#waiting.length === 0) return false // one always finds room
    return this.#waiting.length >= maxWaiting || this.#waitingBytes + payload.length > maxWaitingBytes
  }

  deliver(message: Message, wanted: Wanted, extras?: DeliveryExtras): Promise<void> | undefined {
    const link = this.#link
    if (!link) {
      extras?.loan?.settle()
      return undefined
    }
    const retain = message.retain && wanted.retainAsPublished
    const qos = effectiveQos(message, wanted)
    const { countDropped } = this.#deps
    if (passBy({ link, countDropped }, message, { qos, retain, extras }) || qos === 0) return undefined
    if (this.#waiting.length === 0 && this.#hasRoom() && !link.isCongested())
      return this.#send(link, message, { qos, retain, expiresAt: extras?.loan?.expiresAt, extras })
    const expiresAt = extras?.loan ? extras.loan.expiresAt : expiryOf(message, this.#deps.now().getTime())
    return this.#line({ message, qos, retain, expiresAt, ...extras })
  }

  answer(answer: DeliveryAnswer, packetId: number): void {
    if (this.#waiting.length > 0) this.#movedAt = this.#deps.now().getTime()
    if (this.#qos1.has(packetId)) {
      if (answer === 'puback') this.#settle(packetId)
    } else this.#answerQos2(answer, packetId)
    this.resume()
  }

  lendPacketId(): number | undefined {
    return this.canTake ? this.#takePacketId(1) : undefined
  }

  takeBack(packetId: number): void {
    this.#qos1.delete(packetId)
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
    for (const { message, loan } of waiting) {
      if (loan) loan.giveBack()
      else this.#deps.countDropped('session-ended', message.topic)
    }
  }

  resume(): void {
    while (this.#link && this.#hasRoom() && !this.#link.isCongested()) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#waitingBytes -= next.message.payload.length
      const { message, qos, retain, expiresAt } = next
      const isExpired = expiresAt !== undefined && expiresAt <= this.#deps.now().getTime()
      if (isExpired) this.#deps.countDropped('expired', message.topic)
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
    const delivery: Delivery = {
      qos,
      retain,
      packetId,
      isDuplicate: false,
      expirySeconds:
        expiresAt === undefined
          ? undefined
          : remainingSeconds(message, expiresAt, this.#deps.now().getTime()),
      subscriptionIdentifiers: extras?.identifiers,
    }
    if (!link.send(message, delivery)) {
      this.#deps.countDropped('too-large', message.topic)
      this.#settle(packetId)
    } else if (link.retry && qos === 1) {
      const sentTimes = this.#deps.retries.watch(this)
      const until = expiresAt ?? expiryOf(message, sentTimes.sentAt)
      this.#qos1.set(packetId, { message, delivery, expiresAt: until, sentTimes, isOwn: false })
    }
  }

  retry(now: number): boolean {
    const sent = [...this.#qos1.values()].filter((one) => one !== undefined)
    for (const one of sent) this.#keepPayload(one)
    for (const { message, delivery, expiresAt } of takeDue(this.#link, sent, now)) {
      const expirySeconds = remainingSeconds(message, expiresAt, now) ?? delivery.expirySeconds
      this.#link?.send(message, { ...delivery, isDuplicate: true, expirySeconds })
    }
    return this.#qos1.size > 0
  }

  /** Of a message that has not been acknowledged for a while: its payload is part of a larger buffer. */
  #keepPayload(sent: SentMessage): void {
    if (!sent.isOwn) sent.message = this.#deps.ownPayloads.copyOf(sent.message)
    sent.isOwn = true
  }

  #line(waiting: Waiting): Promise<void> | undefined {
    const { message, loan } = waiting
    if (this.#waiting.length === 0) this.#movedAt = this.#deps.now().getTime()
    if (this.isFull(message)) {
      if (this.#isStalled()) {
        this.#link?.giveUp()
        loan?.giveBack()
        return undefined
      }
      if (this.#deps.whenFull !== 'drop-oldest') {
        loan?.settle()
        return turnAway(this.#deps, message.topic)
      }
      while (this.isFull(message)) this.#dropOldest()
    }
    this.#waiting.push(waiting)
    this.#waitingBytes += message.payload.length
    return undefined
  }

  /** True for a client that takes nothing, as opposed to one that falls behind. */
  #isStalled(): boolean {
    return this.#deps.now().getTime() - this.#movedAt >= this.#limits.maxStalledMs
  }

  #dropOldest(): void {
    const oldest = this.#waiting.shift()
    if (!oldest) return
    this.#waitingBytes -= oldest.message.payload.length
    this.#deps.countDropped('queue-full', oldest.message.topic)
    oldest.loan?.settle()
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
    if (qos === 1) this.#qos1.set(this.#lastPacketId, undefined)
    else (this.#qos2 ??= new Map()).set(this.#lastPacketId, 'sent')
    return this.#lastPacketId
  }
}

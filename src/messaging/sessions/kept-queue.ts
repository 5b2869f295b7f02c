import type { Message } from '../../fabric/in-process/index.ts'
import { deliverySteps, type DeliveryAnswer } from './delivery-states.ts'
import {
  deliveryOf,
  expiryOf,
  isDroppable,
  packetIdOf,
  newMessage,
  type KeptMessage,
  type QueueKey,
} from './kept-message.ts'
import type { Link } from './link.ts'
import {
  answerUnknown,
  effectiveQos,
  passBy,
  type DeliveryExtras,
  type Loan,
  type Outgoing,
  type Wanted,
} from './outgoing.ts'
import { QueuePages } from './queue-pages.ts'
import { QueueRoom } from './queue-room.ts'
import { releaseOnceDurable } from './release.ts'
import { PacketNumbers } from './packet-numbers.ts'
import { takeDue, type Retrying } from './retries.ts'
import { redeliveryBudget } from './session-limits.ts'
import type { KeptQueueDeps } from './kept-queue-deps.ts'
import { turnAway } from './when-full.ts'
import type { QueueSummary } from './message-store.ts'

/**
 * For a persistent session: every QoS 1 and 2 message is stored until the client has it. While the client is away the
 * messages are in the database alone; while it is connected, those on their way and a page of the others are in memory.
 */
export class KeptQueue implements Outgoing, Retrying {
  readonly #key: QueueKey
  readonly #deps: KeptQueueDeps
  readonly #pages: QueuePages
  readonly #room: QueueRoom
  /** By packet id, in the order they were sent. */
  readonly #inFlight = new Map<number, KeptMessage>()
  /** Packet ids of messages that are not kept. */
  readonly #lent = new Set<number>()
  readonly #waiting: KeptMessage[] = []
  #link: Link | undefined
  readonly #numbers: PacketNumbers
  #firstOfLink = 0
  #budget: number // redeliveries that are granted until the next refill

  constructor(key: QueueKey, deps: KeptQueueDeps, left?: QueueSummary) {
    this.#key = key
    this.#deps = deps
    this.#budget = redeliveryBudget(deps.limits)
    this.#numbers = new PacketNumbers(left)
    const range = () => ({ before: this.#link ? this.#firstOfLink : this.#numbers.next, keeps: () => false })
    this.#room = new QueueRoom(key, { ...deps, range }, left)
    this.#pages = new QueuePages(key, {
      ...deps,
      list: async (...which) => {
        await this.#room.cleared()
        return deps.list(...which)
      },
      onPage: (page) => this.#takePage(page),
      onBug: (cause) => {
        deps.onBug(cause)
        this.#link?.fail()
      },
    })
    this.#pages.isBehind = left !== undefined
  }

  get queuedMessages(): number {
    return this.#room.count
  }

  isFull({ payload }: Message): boolean {
    return this.#numbers.areExhausted || this.#room.isFull(payload.length)
  }

  /** What stands in line has its place already, e.g. until it is durable. */
  get canTake(): boolean {
    return !this.#pages.isBehind && this.#hasRoom(this.#waiting.length) && !this.#room.isFull()
  }

  deliver(message: Message, wanted: Wanted, extras?: DeliveryExtras): Promise<void> | undefined {
    const qos = effectiveQos(message, wanted)
    const retain = message.retain && wanted.retainAsPublished
    const { countDropped, now } = this.#deps
    if (passBy({ link: this.#link, countDropped }, message, { qos, retain, extras }) || qos === 0)
      return undefined
    const loan = extras?.loan
    if (this.isFull(message) && !this.#canDropFor(message, loan)) return this.#turnAway(message, loan)
    const expiresAt = loan ? loan.expiresAt : expiryOf(message, now().getTime())
    const how = { qos, retain, expiresAt, identifiers: extras?.identifiers, share: loan?.share }
    const durable = this.#keep(message, how, loan?.isStored ?? false)
    loan?.settle() // from now on it is this session's
    if (this.#room.isOver) this.#dropOldest()
    return durable
  }

  answer(answer: DeliveryAnswer, packetId: number): void {
    const kept = this.#inFlight.get(packetId)
    if (!kept) return answerUnknown(this.#link, answer, packetId)
    const step = deliverySteps[kept.qos][kept.state][answer]
    if (step.next === 'done') this.#forget(kept)
    else if (step.answer === 'release') this.#release(kept)
    this.resume()
  }

  lendPacketId(): number | undefined {
    if (!this.canTake) return undefined
    const packetId = packetIdOf(this.#takeNumber())
    this.#numbers.hold(packetId)
    this.#lent.add(packetId)
    return packetId
  }

  takeBack(packetId: number): void {
    this.#lent.delete(packetId)
    this.#numbers.release(packetId)
    this.resume()
  }

  attach(link: Link): void {
    this.#link = link
    this.#firstOfLink = this.#numbers.next
    this.#budget = redeliveryBudget(this.#deps.limits)
    if (this.#room.count > 0) this.#pages.restart()
    else {
      this.#pages.isBehind = false
      this.#numbers.clear()
    }
    this.#loadMore()
  }

  detach(): void {
    this.#link = undefined
    for (const [packetId, kept] of this.#inFlight) {
      if (kept.isLost) this.#uncount(kept)
      else {
        this.#numbers.hold(packetId)
        void this.#deps.writes.update(kept).catch(() => {}) // it was told
      }
    }
    this.#inFlight.clear()
    this.#waiting.length = 0
    this.#pages.stop()
    this.#pages.isBehind = this.#room.count > 0
    if (this.#room.isOver) this.#dropOldest()
  }

  resume(): void {
    while (this.#hasRoom()) {
      const [head] = this.#waiting
      if (!head) break
      const mustWait = (head.isSentOnceDurable && !head.isDurable) || (head.isDuplicate && this.#budget <= 0)
      if (mustWait) return
      this.#waiting.shift()
      this.#sendAgain(head)
    }
    this.#loadMore()
  }

  /** Grants redeliveries for another second. */
  refill(): void {
    this.#budget = redeliveryBudget(this.#deps.limits)
    if (this.#link) this.resume()
  }

  #keep(
    message: Message,
    how: Pick<KeptMessage, 'qos' | 'retain' | 'expiresAt' | 'identifiers' | 'share'>,
    isStored: boolean,
  ): Promise<void> {
    const seq = this.#takeNumber()
    // one that another queue holds would be sent from there again, as new, if this did not become durable first
    const isSentOnceDurable = how.qos === 2 || isStored
    const own = this.#deps.ownPayloads.copyOf(message)
    const kept = newMessage({ queue: this.#key, seq, message: own, ...how, isSentOnceDurable })
    this.#room.take(message, how.expiresAt)
    const isPromised = isStored || this.#deps.isPromised === true
    const durable = this.#deps.writes.insert(kept, isPromised ? undefined : this.#lose)
    if (isSentOnceDurable) this.#sendOnceDurable(durable, !isPromised)
    if (!this.#link) this.#pages.isBehind = true
    else if (!this.#isNext() || isSentOnceDurable) this.#lineUp(kept)
    else this.#send(kept, message)
    return durable
  }

  #takeNumber(): number {
    return this.#numbers.take((packetId) => this.#inFlight.has(packetId))
  }

  /** A packet id must not come back with another message while its client may remember it. */
  #sendOnceDurable(durable: Promise<void>, isLostOtherwise: boolean): void {
    const resume = () => this.resume()
    durable.then(resume, isLostOtherwise ? resume : () => this.#link?.fail()) // it stands in the way of others
  }

  /** It could not be stored: it is not sent any more. When it was sent, it is remembered as long as the connection. */
  readonly #lose = (kept: KeptMessage): void => {
    const at = this.#waiting.indexOf(kept)
    if (at !== -1) this.#waiting.splice(at, 1)
    if (!kept.isDone && this.#inFlight.get(packetIdOf(kept.seq)) !== kept) this.#uncount(kept)
  }

  #lineUp(kept: KeptMessage): void {
    if (this.#pages.isBehind) this.#pages.note(kept)
    else if (this.#waiting.length < this.#deps.limits.sessionPageSize) this.#waiting.push(kept)
    else this.#pages.leaveBehind(kept.seq)
  }

  #takePage(page: readonly KeptMessage[]): void {
    this.#waiting.push(...page)
    for (const { isDuplicate, seq } of page) if (isDuplicate) this.#numbers.hold(packetIdOf(seq))
    this.#numbers.knowAll() // what was sent is among the first
    if (this.#room.isOver) this.#dropOldest()
    this.resume()
  }

  #loadMore(): void {
    if (this.#link && this.#waiting.length === 0) this.#pages.load(() => this.#numbers.next)
  }

  /** What has waited: it may have expired, or not be granted any more. */
  #sendAgain(kept: KeptMessage): void {
    if (kept.isDuplicate) this.#budget--
    const { expiresAt, message } = kept
    const isExpired = !kept.isDuplicate && expiresAt !== undefined && expiresAt <= this.#deps.now().getTime()
    this.#numbers.release(packetIdOf(kept.seq))
    if (kept.state === 'released') {
      this.#inFlight.set(packetIdOf(kept.seq), kept)
      this.#link?.sendRelease(packetIdOf(kept.seq)) // the client has the message, and waits for this
    } else if (isExpired) {
      this.#deps.countDropped('expired', message.topic)
      this.#forget(kept)
    } else if (!this.#link?.mayReceive(message.topic)) this.#forget(kept)
    else this.#send(kept, message)
  }

  /** `message` is the one that others get too, whose encoding can be shared. */
  #send(kept: KeptMessage, message: Message): void {
    const form = deliveryOf(kept, this.#deps.now)
    kept.state = 'sent'
    kept.isDuplicate = true // from now on
    this.#inFlight.set(form.packetId, kept)
    if (this.#link?.retry) kept.sentTimes = this.#deps.retries.watch(this)
    if (this.#link?.send(message, form) !== false) return
    this.#deps.countDropped('too-large', message.topic)
    this.#forget(kept)
  }

  retry(now: number): boolean {
    for (const kept of takeDue(this.#link, this.#inFlight.values(), now))
      this.#link?.send(kept.message, deliveryOf(kept, this.#deps.now))
    return this.#inFlight.size > 0
  }

  #release(kept: KeptMessage): void {
    const link = this.#link
    if (link)
      releaseOnceDurable(kept, { link, writes: this.#deps.writes, isThere: () => this.#link === link })
  }

  #forget(kept: KeptMessage): void {
    this.#inFlight.delete(packetIdOf(kept.seq))
    this.#deps.writes.remove(kept)
    this.#uncount(kept)
  }

  #uncount(kept: KeptMessage): void {
    kept.isDone = true
    this.#room.leave(kept.message)
  }

  #hasRoom(reserved = 0): boolean {
    const link = this.#link
    const taken = this.#inFlight.size + this.#lent.size + reserved
    return link !== undefined && taken < link.window && !link.isCongested()
  }

  /** Nothing is in front of what comes. */
  #isNext(): boolean {
    return this.#waiting.length === 0 && !this.#pages.isBehind && this.#hasRoom()
  }

  /** Asks for what is older than the message to go in its place. What was sent stays while its client is there. */
  #canDropFor({ payload }: Message, loan: Loan | undefined): boolean {
    const { whenFull, limits } = this.#deps
    if (whenFull !== 'drop-oldest' || loan?.isStored || this.#numbers.areExhausted) return false
    if (payload.length > limits.maxStoredBytes) return false
    if (!this.#link) return true
    const isSoonInMemory =
      this.#pages.isBehind && this.#room.count < limits.maxStoredMessages + limits.sessionPageSize
    return isSoonInMemory || this.#waiting.some(isDroppable)
  }

  /** In memory at once, else where it is kept. What is on its way from there to here is looked at when it arrives. */
  #dropOldest(): void {
    const dropsOldest = this.#deps.whenFull === 'drop-oldest'
    if (!this.#link) return void this.#room.clear({ dropsOldest })
    while (dropsOldest && this.#room.isOver) {
      const at = this.#waiting.findIndex(isDroppable)
      const [oldest] = at === -1 ? [] : this.#waiting.splice(at, 1)
      if (!oldest) break
      this.#deps.countDropped('queue-full', oldest.message.topic)
      this.#deps.writes.remove(oldest)
      this.#numbers.release(packetIdOf(oldest.seq))
      this.#uncount(oldest)
    }
    this.#loadMore()
  }

  #turnAway(message: Message, loan: Loan | undefined): Promise<void> | undefined {
    if (loan?.isStored) loan.giveBack() // it waits on where it was
    if (loan?.isStored) return undefined
    loan?.settle()
    if (!this.#link) void this.#room.clear({ dropsOldest: false })
    return turnAway(this.#deps, message.topic)
  }
}

import type { Message } from '../../fabric/index.ts'
import { deliverySteps, type DeliveryAnswer } from './delivery-states.ts'
import {
  expiryOf,
  packetIdOf,
  remainingSeconds,
  type KeptMessage,
  type OwnPayloads,
  type QueueKey,
} from './kept-message.ts'
import type { Link } from './link.ts'
import { answerUnknown, effectiveQos, type DeliveryExtras, type Outgoing, type Wanted } from './outgoing.ts'
import { QueuePages } from './queue-pages.ts'
import { QueueRoom } from './queue-room.ts'
import type { SessionLimits } from './session-limits.ts'
import type { SessionWrites } from './session-writes.ts'
import type { Purged, QueueSummary } from './message-store.ts'

export interface KeptQueueDeps {
  writes: SessionWrites
  ownPayloads: OwnPayloads
  limits: Pick<
    SessionLimits,
    'maxStoredMessages' | 'maxStoredBytes' | 'sessionPageSize' | 'redeliveriesPerSecond'
  >
  now: () => Date
  /** Reads what is committed, in order. */
  list: (queue: QueueKey, range: { after: number; before: number; limit: number }) => Promise<KeptMessage[]>
  /** From the queue of a client that is away; gives what was deleted. */
  deleteExpired: (queue: QueueKey) => Promise<Purged>
  /** The first message that found no room; told once until the queue is empty again. */
  onFull: (message: Message) => void
  onBug: (cause: unknown) => void
}

/** Beyond it, a packet id might still be in use by the oldest message. */
const maxSpan = 65_000

/**
 * For a persistent session: every QoS 1 and 2 message is stored until the client has it. While the client is away the
 * messages are in the database alone; while it is connected, those on their way and a page of the others are in memory.
 */
export class KeptQueue implements Outgoing {
  readonly #key: QueueKey
  readonly #deps: KeptQueueDeps
  readonly #pages: QueuePages
  readonly #room: QueueRoom
  /** By packet id, in the order they were sent. */
  readonly #inFlight = new Map<number, KeptMessage>()
  readonly #waiting: KeptMessage[] = []
  #link: Link | undefined
  #nextSeq = 0
  /** Packet ids of what was sent over earlier connections and not acknowledged, until it is sent again. */
  readonly #heldPacketIds = new Set<number>()
  /** Of what was left by an earlier run of the server. */
  #oldestSeq: number | undefined
  /** Redeliveries that are still granted until the next refill. */
  #budget: number

  constructor(key: QueueKey, deps: KeptQueueDeps, left?: QueueSummary) {
    this.#key = key
    this.#deps = deps
    this.#budget = budgetOf(deps.limits)
    const deleteExpired = async () => {
      await deps.writes.flushed()
      return deps.deleteExpired(key)
    }
    this.#room = new QueueRoom({ ...deps, deleteExpired }, left)
    this.#pages = new QueuePages(key, {
      ...deps,
      list: async (...which) => {
        await this.#room.purged()
        return deps.list(...which)
      },
      onPage: (page) => this.#takePage(page),
      onBug: (cause) => this.#failLoading(cause),
    })
    if (!left) return
    this.#oldestSeq = left.firstSeq
    this.#nextSeq = left.lastSeq + 1
    this.#pages.isBehind = true
  }

  get queuedMessages(): number {
    return this.#room.count
  }

  /** What stands in line has its place already, e.g. until it is durable. */
  get canTake(): boolean {
    return !this.#pages.isBehind && this.#hasRoom(this.#waiting.length) && !this.#room.isFull()
  }

  deliver(message: Message, wanted: Wanted, extras?: DeliveryExtras): Promise<void> | undefined {
    const qos = effectiveQos(message, wanted)
    const link = this.#link
    const isGranted = link ? link.mayReceive(message.topic) : qos > 0 // asked again when it is sent
    const loan = extras?.loan
    if (!isGranted) {
      loan?.settle()
      return undefined
    }
    const retain = message.retain && wanted.retainAsPublished
    if (qos === 0) {
      if (link?.isCongested() === false) link.sendOnce(message, retain, extras?.identifiers)
      loan?.settle()
      return undefined
    }
    if (this.#isFull(message)) {
      this.#refuseMore(message)
      loan?.giveBack()
      return undefined
    }
    const expiresAt = loan ? loan.expiresAt : expiryOf(message, this.#deps.now().getTime())
    const how = { qos, retain, expiresAt, identifiers: extras?.identifiers }
    const durable = this.#keep(message, how, loan?.isStored ?? false)
    loan?.settle() // from now on it is this session's
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

  attach(link: Link): void {
    this.#link = link
    this.#budget = budgetOf(this.#deps.limits)
    if (this.#room.count > 0) this.#pages.restart()
    else {
      this.#pages.isBehind = false
      this.#heldPacketIds.clear()
      this.#oldestSeq = undefined
    }
    this.#loadMore()
  }

  detach(): void {
    this.#link = undefined
    for (const [packetId, kept] of this.#inFlight) {
      if (kept.isLost) this.#uncount(kept)
      else {
        this.#heldPacketIds.add(packetId)
        void this.#deps.writes.update(kept).catch(() => {}) // it was told
      }
    }
    this.#inFlight.clear()
    this.#waiting.length = 0
    this.#pages.stop()
    this.#pages.isBehind = this.#room.count > 0
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
    this.#budget = budgetOf(this.#deps.limits)
    if (this.#link) this.resume()
  }

  #keep(
    message: Message,
    how: Pick<KeptMessage, 'qos' | 'retain' | 'expiresAt' | 'identifiers'>,
    isStored: boolean,
  ): Promise<void> {
    const seq = this.#takeSeq()
    // one that another queue holds would be sent from there again, as new, if this did not become durable first
    const isSentOnceDurable = how.qos === 2 || isStored
    const kept: KeptMessage = {
      queue: this.#key,
      seq,
      message: this.#deps.ownPayloads.copyOf(message),
      ...how,
      state: 'waiting',
      isDuplicate: false,
      isDurable: false,
      isSentOnceDurable,
    }
    this.#room.take(message, how.expiresAt)
    const durable = this.#deps.writes.insert(kept, isStored ? undefined : this.#lose)
    if (isSentOnceDurable) this.#sendOnceDurable(durable, !isStored)
    if (!this.#link) this.#pages.isBehind = true
    else if (!this.#isNext() || isSentOnceDurable) this.#lineUp(kept)
    else this.#send(kept, message)
    return durable
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
    for (const { isDuplicate, seq } of page) if (isDuplicate) this.#heldPacketIds.add(packetIdOf(seq))
    this.#oldestSeq = undefined // what was sent is among the first
    this.resume()
  }

  #failLoading(cause: unknown): void {
    this.#deps.onBug(cause)
    this.#link?.fail()
  }

  #loadMore(): void {
    if (this.#link && this.#waiting.length === 0) this.#pages.load(() => this.#nextSeq)
  }

  /** What has waited: it may have expired, or not be granted any more. */
  #sendAgain(kept: KeptMessage): void {
    if (kept.isDuplicate) this.#budget--
    const { expiresAt, message } = kept
    const isExpired = !kept.isDuplicate && expiresAt !== undefined && expiresAt <= this.#deps.now().getTime()
    this.#heldPacketIds.delete(packetIdOf(kept.seq))
    if (kept.state === 'released') {
      this.#inFlight.set(packetIdOf(kept.seq), kept)
      this.#link?.sendRelease(packetIdOf(kept.seq)) // the client has the message, and waits for this
    } else if (isExpired || !this.#link?.mayReceive(message.topic)) this.#forget(kept)
    else this.#send(kept, message)
  }

  /** `message` is the one that others get too, whose encoding can be shared. */
  #send(kept: KeptMessage, message: Message): void {
    const packetId = packetIdOf(kept.seq)
    const { qos, retain, isDuplicate, expiresAt, identifiers } = kept
    kept.state = 'sent'
    kept.isDuplicate = true // from now on
    this.#inFlight.set(packetId, kept)
    const expirySeconds =
      expiresAt === undefined ? undefined : remainingSeconds(message, expiresAt, this.#deps.now().getTime())
    const form = { qos, retain, packetId, isDuplicate, expirySeconds, subscriptionIdentifiers: identifiers }
    if (this.#link?.send(message, form) === false) this.#forget(kept)
  }

  /** PUBREL leaves once it is certain that PUBLISH is never sent again. [MQTT-4.3.3-4] */
  #release(kept: KeptMessage): void {
    const link = this.#link
    kept.state = 'released'
    const ifConnected = (act: (link: Link) => void) => () => {
      if (link && this.#link === link) act(link)
    }
    const send = ifConnected((to) => to.sendRelease(packetIdOf(kept.seq)))
    this.#deps.writes.update(kept).then(
      send,
      ifConnected((to) => to.fail()),
    )
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
    return link !== undefined && this.#inFlight.size + reserved < link.window && !link.isCongested()
  }

  /** Nothing is in front of what comes. */
  #isNext(): boolean {
    return this.#waiting.length === 0 && !this.#pages.isBehind && this.#hasRoom()
  }

  #isFull(message: Message): boolean {
    if (this.#room.isFull(message.payload.length)) return true
    return this.#oldestSeq !== undefined && this.#nextSeq - this.#oldestSeq > maxSpan
  }

  #refuseMore(message: Message): void {
    const link = this.#link
    link?.giveUp()
    this.#room.refuse(message, { isAway: !link })
  }

  #takeSeq(): number {
    let seq = this.#nextSeq++
    while (this.#inFlight.has(packetIdOf(seq)) || this.#heldPacketIds.has(packetIdOf(seq)))
      seq = this.#nextSeq++
    return seq
  }
}

const budgetOf = ({ redeliveriesPerSecond }: Pick<SessionLimits, 'redeliveriesPerSecond'>): number =>
  redeliveriesPerSecond === 0 ? Number.POSITIVE_INFINITY : redeliveriesPerSecond

import type { Message } from '../../fabric/in-process/index.ts'
import { expiryOf, newMessage, type KeptMessage, type QueueKey } from './kept-message.ts'
import type { KeptQueueDeps } from './kept-queue-deps.ts'
import type { QueueSummary } from './message-store.ts'
import type { Loan } from './outgoing.ts'
import { QueueRoom } from './queue-room.ts'
import { turnAway } from './when-full.ts'

/** Hands a message to a member: false when none takes it now. */
export type Give = (kept: KeptMessage, loan: Loan) => boolean

/** QoS 1 and 2 messages for which no member of a shared group was connected. They stay until a member has them. */
export class GroupQueue {
  readonly #key: QueueKey
  readonly #deps: KeptQueueDeps
  readonly #lent = new Set<number>()
  /** Since the page that is being offered was asked for. */
  readonly #settled = new Set<number>()
  readonly #room: QueueRoom
  #nextSeq: number
  #offeredUpTo = -1
  /** Its messages are in use: they may not be used for something else. */
  #work: 'draining' | 'clearing' | undefined
  /** To be done after that. */
  #next: (() => void) | undefined
  #isGone = false

  constructor(key: QueueKey, deps: KeptQueueDeps, left?: QueueSummary) {
    this.#key = key
    this.#deps = deps
    const range = () => ({ before: this.#nextSeq, keeps: (seq: number) => this.#lent.has(seq) })
    this.#room = new QueueRoom(key, { ...deps, range }, left)
    this.#nextSeq = left ? left.lastSeq + 1 : 0
  }

  /** Those that no member has been given. */
  get waiting(): number {
    return this.#room.count - this.#lent.size
  }

  keep(message: Message, qos: 1 | 2): Promise<void> | undefined {
    const { whenFull, limits, now } = this.#deps
    const dropsOldest = whenFull === 'drop-oldest' && message.payload.length <= limits.maxStoredBytes
    if (this.#room.isFull(message.payload.length) && !dropsOldest) {
      this.#clear()
      return turnAway(this.#deps, message.topic)
    }
    const expiresAt = expiryOf(message, now().getTime())
    this.#room.take(message, expiresAt)
    const kept = newMessage({
      queue: this.#key,
      seq: this.#nextSeq++,
      message: this.#deps.ownPayloads.copyOf(message),
      qos,
      retain: false,
      expiresAt,
    })
    const durable = this.#deps.writes.insert(kept, this.#uncount)
    if (this.#room.isOver) this.#clear()
    return durable
  }

  /** Offers messages in order until no member takes one, or `most` were given. */
  drain(give: Give, most: number): void {
    if (this.waiting === 0 || this.#isGone || this.#work === 'draining') return
    if (this.#work === 'clearing') this.#next = () => this.drain(give, most)
    else this.#begin('draining', this.#drain(give, most))
  }

  /** With all its messages. */
  remove(): void {
    this.#isGone = true
    this.#lent.clear()
    void this.#deps.writes.endSession(this.#key).catch(() => {}) // it was told
  }

  #clear(): void {
    const how = { dropsOldest: this.#deps.whenFull === 'drop-oldest' }
    if (!this.#room.needsClearing(how) || this.#work === 'clearing') return
    if (this.#work === 'draining') this.#next = () => this.#clear()
    else this.#begin('clearing', this.#room.clear(how))
  }

  #begin(kind: 'draining' | 'clearing', work: Promise<void>): void {
    this.#work = kind
    work.catch(this.#deps.onBug).finally(() => {
      this.#work = undefined
      const next = this.#next
      this.#next = undefined
      next?.()
    })
  }

  async #drain(give: Give, most: number): Promise<void> {
    let left = most
    while (left > 0) {
      const before = this.#nextSeq
      this.#settled.clear()
      await this.#deps.writes.flushed()
      const limit = Math.min(this.#deps.limits.sessionPageSize, left)
      const after = this.#offeredUpTo
      const page = await this.#deps.list(this.#key, { after, before, limit })
      if (this.#isGone || page.length === 0 || after !== this.#offeredUpTo) return
      for (const kept of page) {
        const reached = this.#offeredUpTo
        if (!this.#offer(kept, give) || this.#offeredUpTo < reached) return // an earlier one came back
        this.#offeredUpTo = kept.seq
      }
      left -= page.length
    }
  }

  #offer(kept: KeptMessage, give: Give): boolean {
    const { expiresAt, seq } = kept
    if (this.#lent.has(seq) || this.#settled.has(seq)) return true
    if (expiresAt !== undefined && expiresAt <= this.#deps.now().getTime()) {
      this.#deps.countDropped('expired', kept.message.topic)
      this.#forget(kept)
      return true
    }
    this.#lent.add(seq)
    let isBack = false
    const giveBack = () => {
      isBack = true
      this.#lent.delete(seq)
      this.#offeredUpTo = Math.min(this.#offeredUpTo, seq - 1)
    }
    const loan: Loan = { expiresAt, isStored: true, settle: () => this.#forget(kept), giveBack }
    const isTaken = give(kept, loan)
    if (!isTaken) this.#lent.delete(seq)
    return isTaken && !isBack
  }

  #forget(kept: KeptMessage): void {
    if (this.#isGone || kept.isDone) return
    this.#lent.delete(kept.seq)
    if (this.#work === 'draining') this.#settled.add(kept.seq)
    this.#deps.writes.remove(kept)
    this.#uncount(kept)
  }

  readonly #uncount = (kept: KeptMessage): void => {
    kept.isDone = true
    this.#room.leave(kept.message)
  }
}

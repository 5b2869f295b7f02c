import type { Message } from '../../fabric/index.ts'
import { expiryOf, type KeptMessage, type QueueKey } from './kept-message.ts'
import type { KeptQueueDeps } from './kept-queue.ts'
import type { Loan } from './outgoing.ts'
import type { QueueSummary } from './message-store.ts'

/** Hands a message to a member: false when none takes it now. */
export type Give = (kept: KeptMessage, loan: Loan) => boolean

/** QoS 1 and 2 messages for which no member of a shared group was connected. They stay until a member has them. */
export class GroupQueue {
  readonly #key: QueueKey
  readonly #deps: KeptQueueDeps
  readonly #lent = new Set<number>()
  /** Since the page that is being offered was asked for. */
  readonly #settled = new Set<number>()
  #count: number
  #bytes: number
  #nextSeq: number
  #offeredUpTo = -1
  #isFullKnown = false
  #isDraining = false
  #isGone = false

  constructor(key: QueueKey, deps: KeptQueueDeps, left?: QueueSummary) {
    this.#key = key
    this.#deps = deps
    this.#count = left?.count ?? 0
    this.#bytes = left?.bytes ?? 0
    this.#nextSeq = left ? left.lastSeq + 1 : 0
  }

  /** Those that no member has been given. */
  get waiting(): number {
    return this.#count - this.#lent.size
  }

  keep(message: Message, qos: 1 | 2): Promise<void> | undefined {
    const { maxStoredMessages, maxStoredBytes } = this.#deps.limits
    const bytes = this.#bytes + message.payload.length
    if (this.#count >= maxStoredMessages || bytes > maxStoredBytes) return this.#refuseMore(message)
    this.#count++
    this.#bytes = bytes
    const kept: KeptMessage = {
      queue: this.#key,
      seq: this.#nextSeq++,
      message: this.#deps.ownPayloads.copyOf(message),
      qos,
      retain: false,
      expiresAt: expiryOf(message, this.#deps.now().getTime()),
      state: 'waiting',
      isDuplicate: false,
      isDurable: false,
    }
    return this.#deps.writes.insert(kept, this.#uncount)
  }

  /** Offers messages in order until no member takes one, or `most` were given. */
  drain(give: Give, most: number): void {
    if (this.#isDraining || this.waiting === 0 || this.#isGone) return
    this.#isDraining = true
    this.#drain(give, most)
      .catch(this.#deps.onBug)
      .finally(() => (this.#isDraining = false))
  }

  /** With all its messages. */
  remove(): void {
    this.#isGone = true
    this.#lent.clear()
    void this.#deps.writes.endSession(this.#key).catch(() => {}) // it was told
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
    if (this.#isDraining) this.#settled.add(kept.seq)
    this.#deps.writes.remove(kept)
    this.#uncount(kept)
    if (this.#count === 0) this.#isFullKnown = false
  }

  readonly #uncount = (kept: KeptMessage): void => {
    kept.isDone = true
    this.#count--
    this.#bytes -= kept.message.payload.length
  }

  #refuseMore(message: Message): undefined {
    if (this.#isFullKnown) return
    this.#isFullKnown = true
    this.#deps.onFull(message)
  }
}

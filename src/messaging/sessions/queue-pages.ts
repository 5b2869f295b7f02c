import type { KeptMessage, QueueKey } from './kept-message.ts'
import type { SessionWrites } from './session-writes.ts'

export interface QueuePagesDeps {
  writes: Pick<SessionWrites, 'flushed'>
  limits: { sessionPageSize: number }
  list: (queue: QueueKey, range: { after: number; before: number; limit: number }) => Promise<KeptMessage[]>
  /** Hears of the next messages, in order. */
  onPage: (page: readonly KeptMessage[]) => void
  onBug: (cause: unknown) => void
}

/** Brings the messages of a queue from the database into memory, a page at a time, without a gap to those that arrive. */
export class QueuePages {
  /** True while there are messages in the database that are not in memory: all new ones go behind them. */
  isBehind = false
  readonly #queue: QueueKey
  readonly #deps: QueuePagesDeps
  #loadedUpTo = -1
  /** What arrived since the load began; nothing once there was more than a page of it. */
  #arrived: KeptMessage[] | undefined
  /** Another one for each connection, so that a load that outlives its own is left alone. */
  #turn = 0
  #isLoading = false

  constructor(queue: QueueKey, deps: QueuePagesDeps) {
    this.#queue = queue
    this.#deps = deps
  }

  /** From the oldest message on. */
  restart(): void {
    this.stop()
    this.#loadedUpTo = -1
    this.isBehind = true
  }

  stop(): void {
    this.#turn++
    this.#isLoading = false
    this.#arrived = undefined
  }

  /** The message with this number is the first that is not in memory. */
  leaveBehind(seq: number): void {
    this.isBehind = true
    this.#loadedUpTo = seq - 1
  }

  /** A message arrived behind those that are not in memory. */
  note(kept: KeptMessage): void {
    if (!this.#arrived) return
    if (this.#arrived.length < this.#deps.limits.sessionPageSize) this.#arrived.push(kept)
    else this.#arrived = undefined
  }

  /** `nextSeq` gives the number that the next message will have. */
  load(nextSeq: () => number): void {
    if (!this.isBehind || this.#isLoading) return
    this.#isLoading = true
    const turn = this.#turn
    this.#loadPage(nextSeq(), turn).catch((cause: unknown) => {
      if (turn === this.#turn) this.#isLoading = false
      this.#deps.onBug(cause)
    })
  }

  async #loadPage(before: number, turn: number): Promise<void> {
    this.#arrived = []
    await this.#deps.writes.flushed()
    const limit = this.#deps.limits.sessionPageSize
    const page = await this.#deps.list(this.#queue, { after: this.#loadedUpTo, before, limit })
    if (turn !== this.#turn) return
    const isComplete = page.length < limit
    this.#loadedUpTo = isComplete ? before - 1 : (page.at(-1)?.seq ?? before - 1)
    if (isComplete && this.#arrived) {
      page.push(...this.#arrived.filter(({ isLost }) => !isLost))
      this.isBehind = false
    }
    this.#arrived = undefined
    this.#isLoading = false
    this.#deps.onPage(page) // it may load the next one
  }
}

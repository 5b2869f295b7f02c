import type { Message } from '../../fabric/in-process/index.ts'
import type { KeptQueueDeps } from './kept-queue-deps.ts'
import type { QueueKey } from './kept-message.ts'
import type { QueueSummary } from './message-store.ts'
import type { DroppableRange, Purged } from './purge-store.ts'

export type QueueRoomDeps = Pick<
  KeptQueueDeps,
  'limits' | 'now' | 'countDropped' | 'deleteExpired' | 'deleteOldest' | 'onBug'
> & {
  /** Asked when it comes to deleting. */
  range: () => DroppableRange
}

/** How much one queue keeps in the database, and may keep. */
export class QueueRoom {
  readonly #queue: QueueKey
  readonly #deps: QueueRoomDeps
  #count: number
  #bytes: number
  /** Epoch milliseconds; no message expires before. */
  #firstExpiry: number
  #work: Promise<void> | undefined

  constructor(
    queue: QueueKey,
    deps: QueueRoomDeps,
    left?: Pick<QueueSummary, 'count' | 'bytes' | 'firstExpiry'>,
  ) {
    this.#queue = queue
    this.#deps = deps
    this.#count = left?.count ?? 0
    this.#bytes = left?.bytes ?? 0
    this.#firstExpiry = left?.firstExpiry ?? Number.POSITIVE_INFINITY
  }

  get count(): number {
    return this.#count
  }

  /** More is kept than may be. */
  get isOver(): boolean {
    const { maxStoredMessages, maxStoredBytes } = this.#deps.limits
    return this.#count > maxStoredMessages || this.#bytes > maxStoredBytes
  }

  /** For a message of that size. */
  isFull(bytes = 0): boolean {
    const { maxStoredMessages, maxStoredBytes } = this.#deps.limits
    return this.#count >= maxStoredMessages || this.#bytes + bytes > maxStoredBytes
  }

  take({ payload }: Message, expiresAt: number | undefined): void {
    this.#count++
    this.#bytes += payload.length
    if (expiresAt !== undefined) this.#firstExpiry = Math.min(this.#firstExpiry, expiresAt)
  }

  leave({ payload }: Message): void {
    this.#count--
    this.#bytes -= payload.length
  }

  needsClearing({ dropsOldest }: { dropsOldest: boolean }): boolean {
    return this.#hasExpired() || (dropsOldest && this.isOver)
  }

  /** In the database, of a queue that nobody reads: what has expired goes, then the oldest of what is too much. */
  async clear(how: { dropsOldest: boolean }): Promise<void> {
    if (this.needsClearing(how)) this.#work ??= this.#clear(how)
    await this.#work
  }

  /** Nothing may be read while messages are being deleted. */
  async cleared(): Promise<void> {
    await this.#work
  }

  async #clear({ dropsOldest }: { dropsOldest: boolean }): Promise<void> {
    const { deleteExpired, deleteOldest, range } = this.#deps
    try {
      if (this.#hasExpired()) this.#subtract('expired', await deleteExpired(this.#queue, range))
      while (dropsOldest && this.isOver) {
        const { maxStoredMessages, maxStoredBytes } = this.#deps.limits
        const excess = { count: this.#count - maxStoredMessages, bytes: this.#bytes - maxStoredBytes }
        const deleted = await deleteOldest(this.#queue, excess, range)
        if (deleted.count === 0) break // a client has come, or what is left must stay
        this.#subtract('queue-full', deleted)
      }
    } catch (cause) {
      this.#deps.onBug(cause)
    }
    this.#work = undefined
  }

  #subtract(reason: 'expired' | 'queue-full', { count, bytes, firstExpiry, topic }: Purged): void {
    this.#count -= count
    this.#bytes -= bytes
    this.#firstExpiry = firstExpiry ?? Number.POSITIVE_INFINITY
    if (count > 0) this.#deps.countDropped(reason, topic, count)
  }

  #hasExpired(): boolean {
    return this.#firstExpiry <= this.#deps.now().getTime()
  }
}

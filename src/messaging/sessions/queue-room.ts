import type { Message } from '../../fabric/index.ts'
import type { Purged, QueueSummary } from './message-store.ts'
import type { SessionLimits } from './session-limits.ts'

export interface QueueRoomDeps {
  limits: Pick<SessionLimits, 'maxStoredMessages' | 'maxStoredBytes'>
  now: () => Date
  /** Deletes what has expired, of a receiver that is away; what was asked for before is durable. */
  deleteExpired: () => Promise<Purged>
  /** The first message that found no room; told once until the queue is empty again. */
  onFull: (message: Message) => void
  onBug: (cause: unknown) => void
}

/** How much one persistent session keeps, and may keep. */
export class QueueRoom {
  readonly #deps: QueueRoomDeps
  #count: number
  #bytes: number
  /** Epoch milliseconds; no message expires before. */
  #firstExpiry: number
  #isFullKnown = false
  #purge: Promise<void> | undefined

  constructor(deps: QueueRoomDeps, left?: Pick<QueueSummary, 'count' | 'bytes' | 'firstExpiry'>) {
    this.#deps = deps
    this.#count = left?.count ?? 0
    this.#bytes = left?.bytes ?? 0
    this.#firstExpiry = left?.firstExpiry ?? Number.POSITIVE_INFINITY
  }

  get count(): number {
    return this.#count
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
    if (this.#count === 0) this.#isFullKnown = false
  }

  /** For a message that there is no room for. While the receiver is away, what has expired makes room. */
  refuse(message: Message, { isAway }: { isAway: boolean }): void {
    if (isAway && this.#firstExpiry <= this.#deps.now().getTime()) this.#purge ??= this.#deleteExpired()
    if (this.#isFullKnown) return
    this.#isFullKnown = true
    this.#deps.onFull(message)
  }

  /** Nothing may be read while messages that have expired are being deleted. */
  async purged(): Promise<void> {
    await this.#purge
  }

  async #deleteExpired(): Promise<void> {
    try {
      const { count, bytes, firstExpiry } = await this.#deps.deleteExpired()
      this.#count -= count
      this.#bytes -= bytes
      this.#firstExpiry = firstExpiry ?? Number.POSITIVE_INFINITY
    } catch (cause) {
      this.#deps.onBug(cause)
    }
    this.#purge = undefined
  }
}

import { packetIdOf } from './kept-message.ts'
import type { QueueSummary } from './message-store.ts'

/** Beyond it, a packet id might still be in use by the oldest message. */
const maxSpan = 65_000

/** The numbers of the messages of one queue, from which their packet ids follow: none is given twice at a time. */
export class PacketNumbers {
  #next = 0
  /** Packet ids of what was sent over earlier connections and not acknowledged, until it is sent again. */
  readonly #held = new Set<number>()
  /** Of what was left by an earlier run of the server, until it is known what of it was sent. */
  #oldest: number | undefined

  constructor(left?: Pick<QueueSummary, 'firstSeq' | 'lastSeq'>) {
    if (!left) return
    this.#oldest = left.firstSeq
    this.#next = left.lastSeq + 1
  }

  /** That of the message to come, or a lower one. */
  get next(): number {
    return this.#next
  }

  /** There is none to give until older messages have gone. */
  get areExhausted(): boolean {
    return this.#oldest !== undefined && this.#next - this.#oldest > maxSpan
  }

  take(isInFlight: (packetId: number) => boolean): number {
    let seq = this.#next++
    while (isInFlight(packetIdOf(seq)) || this.#held.has(packetIdOf(seq))) seq = this.#next++
    return seq
  }

  hold(packetId: number): void {
    this.#held.add(packetId)
  }

  /** It is in flight again. */
  release(packetId: number): void {
    this.#held.delete(packetId)
  }

  /** What was sent by an earlier run has been told by `hold`. */
  knowAll(): void {
    this.#oldest = undefined
  }

  /** Nothing is left. */
  clear(): void {
    this.#held.clear()
    this.#oldest = undefined
  }
}

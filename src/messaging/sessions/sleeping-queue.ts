import type { KeptQueue } from './kept-queue.ts'
import type { QueueSummary } from './message-store.ts'
import type { Outgoing } from './outgoing.ts'

/** A queue that is made when something happens to it: most sessions of a fleet are away, and nothing does. */
export class SleepingQueue implements Outgoing {
  readonly #make: () => KeptQueue
  readonly #left: number
  #queue: KeptQueue | undefined

  /** `left` is what an earlier run of the server left in it. */
  constructor(make: () => KeptQueue, left: Pick<QueueSummary, 'count'> | undefined) {
    this.#make = make
    this.#left = left?.count ?? 0
  }

  get queuedMessages(): number {
    return this.#queue?.queuedMessages ?? this.#left
  }

  get canTake(): boolean {
    return this.#awake().canTake
  }

  isFull(...given: Parameters<Outgoing['isFull']>): boolean {
    return this.#awake().isFull(...given)
  }

  deliver(...given: Parameters<Outgoing['deliver']>): ReturnType<Outgoing['deliver']> {
    return this.#awake().deliver(...given)
  }

  answer(...given: Parameters<Outgoing['answer']>): void {
    this.#awake().answer(...given)
  }

  lendPacketId(): number | undefined {
    return this.#awake().lendPacketId()
  }

  takeBack(...given: Parameters<Outgoing['takeBack']>): void {
    this.#awake().takeBack(...given)
  }

  attach(...given: Parameters<Outgoing['attach']>): void {
    this.#awake().attach(...given)
  }

  detach(): void {
    this.#queue?.detach()
  }

  resume(): void {
    this.#queue?.resume()
  }

  refill(): void {
    this.#queue?.refill()
  }

  #awake(): KeptQueue {
    return (this.#queue ??= this.#make())
  }
}

/** One generation of copies, in a place that is this server's: turns, and snapshots beside them. */
import { setTimeout } from 'node:timers/promises'
import type { Copier } from './copier.ts'
import type { OpenedPlace } from './open-place.ts'

const snapshotEveryMs = 86_400_000
/** Sooner when that much is to be read after it. */
const maxBytesAfterSnapshot = 1024 ** 3

export interface RunOptions {
  /** This server's. */
  place: OpenedPlace
  copier: Copier
  keepMs: number
  /** The server is to stop. */
  signal: AbortSignal
  /** Told with a time until when all that was committed can be restored, epoch milliseconds. */
  onCurrent: (at: number) => void
}

export class Run {
  readonly #options: RunOptions
  #isSnapshotUnderWay = false
  #snapshot: Promise<void> = Promise.resolve()
  /** Resolves once what a snapshot goes on with is kept. */
  #pushed = Promise.withResolvers<void>()
  #failure: unknown
  #isRestorable = false
  #last = { at: Number.NEGATIVE_INFINITY, bytes: 0 }

  constructor(options: RunOptions) {
    this.#options = options
  }

  /** Until the server stops; then all of it is copied. @throws whatever keeps it from that */
  async go(): Promise<void> {
    const { place, copier, signal, onCurrent } = this.#options
    const { ownership, push, everyMs } = place
    while (!signal.aborted && this.#failure === undefined) {
      const at = Date.now()
      await ownership.hold()
      if (this.#isSnapshotDue()) await this.#beginSnapshot()
      else await copier.turn()
      await push()
      this.#pushed.resolve()
      if (this.#isRestorable) onCurrent(at)
      await setTimeout(everyMs, undefined, { signal }).catch(() => {}) // it is to stop
    }
    await this.#snapshot
    if (this.#failure !== undefined) throw this.#failure
    await ownership.hold()
    await copier.turn()
    await push()
    await ownership.release()
  }

  #isSnapshotDue(): boolean {
    const { at, bytes } = this.#last
    const isOld = Date.now() - at >= snapshotEveryMs
    return !this.#isSnapshotUnderWay && (isOld || this.#options.copier.bytes - bytes >= maxBytesAfterSnapshot)
  }

  async #beginSnapshot(): Promise<void> {
    const { copier, signal } = this.#options
    const { startsAt, write } = await copier.beginSnapshot()
    this.#last = { at: startsAt, bytes: copier.bytes }
    this.#isSnapshotUnderWay = true
    this.#pushed = Promise.withResolvers()
    this.#snapshot = this.#finishSnapshot(write).catch((error: unknown) => {
      if (!signal.aborted) this.#failure = error
    })
  }

  async #finishSnapshot(write: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { place, copier, keepMs, signal } = this.#options
    const { promise: isBegun } = this.#pushed
    await write(signal)
    await isBegun
    await place.pushSnapshots(signal)
    this.#isRestorable = true
    await place.tidy(copier, keepMs)
    this.#isSnapshotUnderWay = false
  }
}

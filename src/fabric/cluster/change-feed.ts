/** Takes in what other nodes changed: when it hears of it, and each second when it does not. */
import type { Log } from '../../lib/log.ts'
import type { Db } from '../../store/index.ts'
import { listChangesAfter, type SeenChange } from './store.ts'

export interface ChangeFeedDeps {
  read: Db
  log: Pick<Log, 'error'>
  nodeName: string
  /** Resolves when they are in force here. */
  take: (changes: readonly SeenChange[]) => Promise<void>
  /** Told when `takenSeq` has grown. */
  onTaken: () => void
}

const changesAtOnce = 1000

export class ChangeFeed {
  readonly #deps: ChangeFeedDeps
  #takenSeq: number
  #reading: Promise<void> | undefined
  #isWanted = false
  #isClosed = false

  constructor(deps: ChangeFeedDeps, takenSeq: number) {
    this.#deps = deps
    this.#takenSeq = takenSeq
  }

  /** Everything up to this change is in force here. */
  get takenSeq(): number {
    return this.#takenSeq
  }

  /** Resolves when what there was at the call is in force; at the latest with the next call when it could not be read. */
  look(): Promise<void> {
    this.#isWanted = true
    return (this.#reading ??= this.#readAll().finally(() => (this.#reading = undefined)))
  }

  /** Resolves when nothing is being taken in any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#reading
  }

  async #readAll(): Promise<void> {
    const { log, onTaken } = this.#deps
    const before = this.#takenSeq
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false
        await this.#readSome()
      }
    } catch (error) {
      log.error({ error }, 'what other nodes changed could not be read')
    }
    if (this.#takenSeq > before) onTaken()
  }

  async #readSome(): Promise<void> {
    const { read, nodeName, take } = this.#deps
    const changes = await listChangesAfter(read, this.#takenSeq, changesAtOnce)
    const last = changes.at(-1)
    if (!last) return
    // who made a change has told its own parts
    await take(changes.filter((change) => change.nodeName !== nodeName))
    this.#takenSeq = last.seq
    this.#isWanted ||= changes.length === changesAtOnce
  }
}

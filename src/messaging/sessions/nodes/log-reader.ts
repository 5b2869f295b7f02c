/** Reads the log of a cluster's messages, in order, and hands each to the sessions of this node. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../../../lib/log.ts'
import type { Logged } from './log-store.ts'

export interface LogReaderDeps {
  list: (range: { after: number; limit: number }) => Promise<Logged[]>
  /** In the turn in which `onRead` is called. */
  hand: (logged: Logged) => void
  /** Everything up to that one has been handed on. */
  onRead: (position: number) => void
  /** Resolves when sessions have what they were handed. */
  flushed: () => Promise<void>
  log: Pick<Log, 'error'>
}

const messagesAtOnce = 500
const againMs = 50

export class LogReader {
  readonly #deps: LogReaderDeps
  #position: number
  #reading: Promise<void> | undefined
  #isWanted = false
  #isClosed = false

  constructor(deps: LogReaderDeps, position: number) {
    this.#deps = deps
    this.#position = position
  }

  get position(): number {
    return this.#position
  }

  /** Resolves when what there was at the call has been handed on; at the latest with the next call when it could not be read. */
  look(): Promise<void> {
    this.#isWanted = true
    return (this.#reading ??= this.#readAll().finally(() => (this.#reading = undefined)))
  }

  /** Resolves when what is committed up to there has been handed on. @throws {Error} when it is closed before */
  async reach(position: number): Promise<void> {
    while (this.#position < position) {
      if (this.#isClosed) throw new Error('this node reads no messages any more')
      await this.look()
      if (this.#position < position) await wait(againMs)
    }
  }

  /** Resolves when nothing is being read any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#reading
  }

  async #readAll(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false
        await this.#readSome()
      }
    } catch (error) {
      this.#deps.log.error({ error }, 'messages for sessions could not be read')
    }
  }

  async #readSome(): Promise<void> {
    const { list, hand, onRead, flushed } = this.#deps
    const page = await list({ after: this.#position, limit: messagesAtOnce })
    const last = page.at(-1)
    if (!last || this.#isClosed) return
    for (const logged of page) hand(logged)
    this.#position = last.seq
    onRead(last.seq)
    if (page.length < messagesAtOnce) return
    this.#isWanted = true
    await flushed().catch(() => {}) // it was told; what is read is not to pile up in memory
  }
}

/** Makes whole blocks of small ones as they come, and forgets what is too old: beside the calls, and never in one of them. */
import type { LevelLog } from '../../lib/log.ts'
import { turnOfOthers } from '../../lib/turn-of-others.ts'
import type { Store } from '../../store/index.ts'
import type { Chains } from './chains.ts'
import { wholeBlock } from './block.ts'
import { blocksAPack, pruneSome, readPacked, writePacked } from './packing-store.ts'

export interface TidyingOptions {
  store: Pick<Store, 'read' | 'transact'>
  log: Pick<LevelLog, 'error'>
  now: () => Date
  maxAgeDays: number
  /** Of each chain. */
  maxBytes: number
}

const pruneEveryMs = 3_600_000
/** So many more entries than whole blocks take are left as they are. */
const spareEntries = wholeBlock / 2

export class Tidying implements AsyncDisposable {
  readonly #options: TidyingOptions
  readonly #chains: Chains
  readonly #apart: (work: () => Promise<void>) => Promise<void>
  #working: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  /** `apart` runs something as part of no call. */
  constructor(options: TidyingOptions, chains: Chains, apart: (work: () => Promise<void>) => Promise<void>) {
    this.#options = options
    this.#chains = chains
    this.#apart = apart
  }

  begin(): void {
    this.#timer = setInterval(() => this.#start(this.#chains.accounts()), pruneEveryMs).unref()
    this.#start(this.#chains.accounts())
  }

  /** Call it when entries were written. */
  lookAt(): void {
    if (this.#working) return
    const due = this.#chains
      .accounts()
      .filter(
        (accountId) => this.#chains.looseEnd(accountId).count >= blocksAPack * wholeBlock + spareEntries,
      )
    if (due.length > 0) this.#start(due)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#working
  }

  #start(accounts: readonly string[]): void {
    this.#working ??= this.#apart(async () => {
      for (const accountId of accounts) await this.#packAndPrune(accountId)
    })
      .catch((error: unknown) =>
        this.#options.log.error({ error }, 'the record of calls could not be tidied up'),
      )
      .finally(() => (this.#working = undefined))
  }

  async #packAndPrune(accountId: string): Promise<void> {
    const { store, now, maxAgeDays, maxBytes } = this.#options
    const name = this.#chains.nameOf(accountId)
    for (;;) {
      const { packedSeq, count } = this.#chains.looseEnd(accountId)
      if (count < wholeBlock) break
      const packed = await readPacked(store.read, name, packedSeq)
      if (packed.length === 0) break
      this.#chains.notePacked(accountId, await store.transact((db) => writePacked(db, name, packed)))
      await turnOfOthers()
    }
    const before = now().getTime() - maxAgeDays * 86_400_000
    while (await store.transact((db) => pruneSome(db, name, { before, maxBytes }))); // until none is left
  }
}

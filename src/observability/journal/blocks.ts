import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Db, Store } from '../../store/index.ts'
import { countToJoin, fullBlock } from './block-sizes.ts'
import { joinBlocks, packBlock } from './block.ts'
import type { JournalEntry } from './entry.ts'
import { insertRefusals, pruneRefusals } from './refusals-store.ts'
import { insertBlock, listBlockSizes, pruneBlocks, takeNewestBlocks } from './store.ts'
import { SubjectIndexer } from './subject-indexer.ts'
import { pruneSubjects } from './subject-store.ts'

/** The end of an account's journal. */
interface Tail {
  nextEntryId: number
  /** Of the blocks behind the last full one, the oldest first. */
  sizes: number[]
}

/** Looked at when an account's first entries come; there are never so many small ones. */
const blocksInTail = 64

/** Appends to the journals of all accounts. One call at a time. */
export class Blocks {
  readonly #store: Store
  readonly #isShared: boolean
  readonly #indexer: SubjectIndexer
  readonly #tails = new Map<string, Tail>()

  /** `isShared`: others write to the journals too, so their ends are looked up in each transaction. */
  constructor(store: Store, isShared: boolean) {
    this.#store = store
    this.#isShared = isShared
    this.#indexer = new SubjectIndexer(store, isShared)
  }

  /** Resolves with the id of the first one, once the entries are durable. `work` gives them, in the transaction that writes them. */
  async append(accountId: string, work: (db: Db) => MaybePromise<readonly JournalEntry[]>): Promise<number> {
    const known =
      this.#tails.get(accountId) ?? (this.#isShared ? undefined : await readTail(this.#store.read, accountId))
    this.#tails.delete(accountId) // read anew when this fails
    const { tail, firstEntryId } = await this.#store.transact(async (db) => {
      const entries = await work(db)
      let tail = known ?? (await readTail(db, accountId))
      const firstEntryId = tail.nextEntryId
      for (let start = 0; start < entries.length; start += fullBlock)
        tail = await appendSome(db, { accountId, tail }, entries.slice(start, start + fullBlock))
      await insertRefusals(db, { accountId, firstEntryId }, entries)
      return { tail, firstEntryId }
    })
    if (!this.#isShared) this.#tails.set(accountId, tail)
    return firstEntryId
  }

  /** Indexes what was appended before `end`; apart, as entries stand whatever becomes of that. */
  async index(accountId: string, end: number): Promise<void> {
    await this.#indexer.advance(accountId, end)
  }

  async prune(limits: { before: Date; maxEntries: number }): Promise<void> {
    await this.#store.transact(async (db) => {
      await pruneBlocks(db, limits)
      await pruneRefusals(db)
      await pruneSubjects(db)
    })
    this.#indexer.forget()
    for (const tail of this.#tails.values()) tail.sizes = [] // they may be gone
  }
}

/** As one block, or part of one. */
async function appendSome(
  db: Db,
  { accountId, tail: { nextEntryId, sizes } }: { accountId: string; tail: Tail },
  entries: readonly JournalEntry[],
): Promise<Tail> {
  const joined = countToJoin(sizes, entries.length)
  const added = packBlock(nextEntryId, entries)
  const [first = added, ...others] = joined === 0 ? [] : await takeNewestBlocks(db, accountId, joined)
  const block = first === added ? added : joinBlocks(first, ...others, added)
  await insertBlock(db, accountId, block)
  const isFull = block.entries >= fullBlock
  return {
    nextEntryId: nextEntryId + entries.length,
    sizes: isFull ? [] : [...sizes.slice(0, sizes.length - joined), block.entries],
  }
}

async function readTail(db: Db, accountId: string): Promise<Tail> {
  const blocks = await listBlockSizes(db, accountId, blocksInTail)
  const last = blocks.at(-1)
  const full = blocks.findLastIndex(({ entries }) => entries >= fullBlock)
  return {
    nextEntryId: last ? last.firstEntryId + last.entries : 1,
    sizes: blocks.slice(full + 1).map(({ entries }) => entries),
  }
}

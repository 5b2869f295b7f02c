import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Db, Store } from '../../store/index.ts'
import { bucketCount, spans } from './subject-index.ts'
import {
  dropIndex,
  findIndexed,
  findOldestEntryId,
  indexSpan,
  lengthen,
  type Indexed,
} from './subject-store.ts'

/** At a time: what was written before there was an index is caught up with little by little. */
const spansAtOnce = 4

/** Indexes the journals of all accounts behind their ends. One call at a time. */
export class SubjectIndexer {
  readonly #store: Store
  readonly #isShared: boolean
  readonly #indexed = new Map<string, Indexed>()
  readonly #lengthened = new Set<string>()

  /** `isShared`: others index the same journals, so what is indexed is looked up in each transaction. */
  constructor(store: Store, isShared: boolean) {
    this.#store = store
    this.#isShared = isShared
  }

  /** Indexes what has become whole spans; entries before `nextEntryId` have been written. */
  async advance(accountId: string, nextEntryId: number): Promise<void> {
    for (let count = 0; count < spansAtOnce; count++) {
      const indexed = this.#indexed.get(accountId) ?? (await this.#begin(accountId, nextEntryId))
      this.#indexed.set(accountId, indexed)
      if (indexed.nextEntryId + spans.short > nextEntryId) return
      this.#indexed.delete(accountId) // read anew when this fails
      const grown = await this.#store.transact((db) => this.#grow(db, accountId, indexed))
      if (!grown) return
      this.#indexed.set(accountId, grown)
      if (grown.nextEntryId % spans.long === 0) await this.#lengthen(accountId, grown)
    }
  }

  /** Undefined when another node was faster: its next call goes on from there. */
  async #grow(db: Db, accountId: string, indexed: Indexed): Promise<Indexed | undefined> {
    if (this.#isShared) {
      const now = await findIndexed(db, accountId)
      if (now && now.nextEntryId !== indexed.nextEntryId) return undefined
    }
    return indexSpan(db, accountId, indexed)
  }

  /** Call it when entries were deleted. */
  forget(): void {
    this.#indexed.clear()
  }

  async #begin(accountId: string, nextEntryId: number): Promise<Indexed> {
    const found = await findIndexed(this.#store.read, accountId)
    // another node may be ahead of what this one has written
    if (found && (this.#isShared || found.nextEntryId <= nextEntryId)) {
      if (!this.#lengthened.has(accountId)) await this.#lengthen(accountId, found) // an earlier run may not have
      return found
    }
    // the journal was emptied, and its numbers begin anew
    if (found) await this.#store.transact((db) => dropIndex(db, accountId))
    const oldest = (await findOldestEntryId(this.#store.read, accountId)) ?? nextEntryId
    const firstEntryId = oldest - (oldest % spans.short)
    return { firstEntryId, nextEntryId: firstEntryId }
  }

  async #lengthen(accountId: string, { nextEntryId }: Indexed): Promise<void> {
    for (let bucket = 0; bucket < bucketCount(spans.short); bucket++) {
      await this.#store.transact((db) => lengthen(db, accountId, { bucket, nextEntryId }))
      await nextTurn()
    }
    this.#lengthened.add(accountId)
  }
}

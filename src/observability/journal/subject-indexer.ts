import type { Db, Store } from '../../store/index.ts'
import { bucketCount, lengthenings, spans, type Lengthening, type Span } from './subject-index.ts'
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

/** Of longer spans, in one transaction: two milliseconds. */
const rowsAtOnce = 128

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
      const span = nextSpan(indexed.nextEntryId, nextEntryId)
      if (span === undefined) return
      this.#indexed.delete(accountId) // read anew when this fails
      const grown = await this.#store.transact((db) => this.#grow(db, accountId, indexed, span))
      if (!grown) return
      this.#indexed.set(accountId, grown)
      for (const lengthening of lengthenings)
        if (grown.nextEntryId % lengthening.to === 0) await this.#lengthen(accountId, grown, lengthening)
    }
  }

  /** Undefined when another node was faster: its next call goes on from there. */
  async #grow(db: Db, accountId: string, indexed: Indexed, span: Span): Promise<Indexed | undefined> {
    if (this.#isShared) {
      const now = await findIndexed(db, accountId)
      if (now && now.nextEntryId !== indexed.nextEntryId) return undefined
    }
    return indexSpan(db, accountId, indexed, span)
  }

  /** Call it when entries were deleted. */
  forget(): void {
    this.#indexed.clear()
  }

  async #begin(accountId: string, nextEntryId: number): Promise<Indexed> {
    const found = await findIndexed(this.#store.read, accountId)
    // another node may be ahead of what this one has written
    if (found && (this.#isShared || found.nextEntryId <= nextEntryId)) {
      if (!this.#lengthened.has(accountId))
        // an earlier run may not have
        for (const lengthening of lengthenings) await this.#lengthen(accountId, found, lengthening)
      this.#lengthened.add(accountId)
      return found
    }
    // the journal was emptied, and its numbers begin anew
    if (found) await this.#store.transact((db) => dropIndex(db, accountId))
    const oldest = (await findOldestEntryId(this.#store.read, accountId)) ?? nextEntryId
    const firstEntryId = oldest - (oldest % spans.short)
    return { firstEntryId, nextEntryId: firstEntryId }
  }

  async #lengthen(accountId: string, { nextEntryId }: Indexed, { from, to }: Lengthening): Promise<void> {
    const atOnce = rowsAtOnce / (bucketCount(to) / bucketCount(from))
    for (let first = 0; first < bucketCount(from); first += atOnce)
      await this.#store.transact(async (db) => {
        for (let bucket = first; bucket < first + atOnce; bucket++)
          await lengthen(db, accountId, { from, to, bucket, nextEntryId })
      })
  }
}

/** Undefined until the entries before `end` fill one. What was written long before goes into larger ones at once. */
function nextSpan(from: number, end: number): Span | undefined {
  if (from % spans.middle === 0 && from + spans.middle <= end) return spans.middle
  return from + spans.short <= end ? spans.short : undefined
}

/** Appends to the chains of this node: one for each account. */
import type { Db } from '../../store/index.ts'
import { linkLines, type ChainName } from './chain.ts'
import { bytesOf } from './block.ts'
import { findChain, growChain, insertBlock, insertChain, type ChainRow } from './store.ts'

/** The end of a chain, as it is in the database. */
export interface Tail {
  nextSeq: number
  head: string
  /** See the table. */
  taken: number
}

export interface Addition {
  accountId: string
  lines: readonly string[]
  /** Epoch milliseconds. */
  newestAt: number
  /** The highest number of what comes from the file; absent: nothing does. */
  taken?: number | undefined
}

export class Chains {
  readonly #chain: string
  readonly #tails = new Map<string, Tail>()
  readonly #packed = new Map<string, number>()
  #written = new Map<string, Tail>()

  constructor(chain: string) {
    this.#chain = chain
  }

  nameOf = (accountId: string): ChainName => ({ accountId, chain: this.#chain })

  /** What is known of a chain that is there already. */
  take({ account_id: accountId, ...row }: ChainRow): Tail {
    const tail = { nextSeq: row.next_seq, head: row.head, taken: row.taken }
    this.#packed.set(accountId, row.packed_seq)
    this.#tails.set(accountId, tail)
    return tail
  }

  /** Whose chains are known. */
  accounts = (): string[] => [...this.#packed.keys()]

  /** How many entries are in no whole block, as far as is known; and where they begin. */
  looseEnd(accountId: string): { packedSeq: number; count: number } {
    const nextSeq = this.#tails.get(accountId)?.nextSeq ?? 1
    const packedSeq = this.#packed.get(accountId) ?? nextSeq
    return { packedSeq, count: nextSeq - packedSeq }
  }

  /** Within a transaction; a chain that is not there yet begins. */
  async tailOf(db: Db, accountId: string): Promise<Tail> {
    const known = this.#tails.get(accountId)
    if (known) return known
    const name = this.nameOf(accountId)
    const row = await findChain(db, name)
    if (row) return this.take(row)
    const { next_seq: nextSeq, head, taken, packed_seq } = await insertChain(db, name)
    this.#packed.set(accountId, packed_seq)
    return { nextSeq, head, taken } // it counts once it is durable
  }

  /** Resolves with the number of the first line. It counts once `keep` is called. */
  async append(db: Db, tail: Tail, { accountId, lines, newestAt, taken }: Addition): Promise<number> {
    const { hashes, head } = linkLines(tail.head, lines)
    const block = {
      account_id: accountId,
      chain: this.#chain,
      first_seq: tail.nextSeq,
      entries: lines.length,
      newest_at: newestAt,
      hashes,
      lines: `${lines.join('\n')}\n`,
    }
    const next = { ...tail, nextSeq: tail.nextSeq + lines.length, head, taken: taken ?? tail.taken }
    await insertBlock(db, block)
    await growChain(db, {
      account_id: accountId,
      chain: this.#chain,
      next_seq: next.nextSeq,
      head,
      bytes: bytesOf(block),
      taken: next.taken,
    })
    this.#written.set(accountId, next)
    return tail.nextSeq
  }

  /** What was appended last is durable. */
  keep(): void {
    for (const [accountId, tail] of this.#written) this.#tails.set(accountId, tail)
    this.#written = new Map()
  }

  /** What was appended last may be there or not: it is read anew. */
  forget(): void {
    this.#written = new Map()
    this.#tails.clear()
  }

  notePacked(accountId: string, packedSeq: number): void {
    this.#packed.set(accountId, packedSeq)
  }
}

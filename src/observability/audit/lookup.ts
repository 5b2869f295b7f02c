/** Answers who did what: the newest first, over the chains of all nodes. */
import type { Db } from '../../store/index.ts'
import type { StoredEntry } from './entry.ts'
import { keyOf, valuesOf, type Attribute } from './keys.ts'
import { findEnd, readBack, type ReadBlock } from './read-back.ts'
import { listChains, type ChainRow } from './store.ts'

export interface LookupQuestion {
  accountId: string
  /** All of them must fit; the index is asked for the one that is likely to be rarest. */
  where: Partial<Record<Attribute, string>>
  /** Both ends belong to it. */
  after?: Date | undefined
  until?: Date | undefined
  limit: number
  /** Where the page before ended. */
  position?: Position | undefined
  /** A question for which little is found ends its page when about so many entries were read. */
  maxRead?: number
}

/** Of each chain: entries with lower numbers come next. */
export type Position = ReadonlyMap<string, number>

export interface LookupPage {
  entries: StoredEntry[]
  /** Absent: there is nothing more. A page may be short, or empty, and have one. */
  next?: Position
}

const defaultMaxRead = 16_384

const rarestFirst: readonly Attribute[] = [
  'ResourceName',
  'AccessKeyId',
  'Username',
  'EventName',
  'ResourceType',
  'EventSource',
  'ReadOnly',
]

/** Others may write meanwhile. */
export async function lookUp(db: Db, question: LookupQuestion): Promise<LookupPage> {
  const chains = await listChains(db, question.accountId)
  const budget = { entries: question.maxRead ?? defaultMaxRead }
  const streams = await Promise.all(chains.map((chain) => openStream(db, { chain, question, budget })))
  const entries: StoredEntry[] = []
  for (const stream of streams) await stream.advance()
  for (;;) {
    const newest = streams
      .filter(({ head }) => head !== undefined)
      .toSorted((a, b) => (b.head?.at ?? 0) - (a.head?.at ?? 0))[0]
    if (!newest?.head || streams.some(({ isCut }) => isCut)) break
    if (entries.length === question.limit) break
    entries.push(newest.head)
    await newest.advance()
  }
  const isOver = streams.every(({ head, isCut }) => head === undefined && !isCut)
  if (isOver) return { entries }
  return { entries, next: new Map(streams.map(({ chain, end }) => [chain, end])) }
}

interface StreamParts {
  chain: ChainRow
  question: LookupQuestion
  budget: { entries: number }
}

/** The entries of one chain that fit, one after the other. */
async function openStream(db: Db, { chain, question, budget }: StreamParts) {
  const { where, after, until, position } = question
  const end = position?.get(chain.chain) ?? (until ? await findEnd(db, chain, until) : chain.next_seq)
  const key = rarestFirst.find((attribute) => where[attribute] !== undefined)
  const fingerprint = key === undefined ? undefined : keyOf(key, where[key] ?? '')
  const blocks = readBack(db, { chain, fingerprint, end })
  let left: StoredEntry[] = []
  const stream = {
    chain: chain.chain,
    head: undefined as StoredEntry | undefined,
    /** Entries with lower numbers have not been looked at, or are the head. */
    end,
    /** Whether it stopped because enough was read. */
    isCut: false,
    async advance(): Promise<void> {
      if (stream.head) stream.end = stream.head.seq
      stream.head = undefined
      for (;;) {
        stream.head = left.shift()
        if (stream.head) return
        if (budget.entries <= 0) {
          stream.isCut = true
          return
        }
        const next: IteratorResult<ReadBlock> = await blocks.next()
        if (next.done === true || (after && next.value.newestAt < after.getTime())) {
          stream.end = 0
          return
        }
        budget.entries -= next.value.entries.length
        left = next.value.entries.filter((entry) => passes(entry, question))
        if (left.length === 0) stream.end = next.value.downTo
      }
    },
  }
  return stream
}

function passes(entry: StoredEntry, { where, after, until }: LookupQuestion): boolean {
  if (after && entry.at < after.getTime()) return false
  if (until && entry.at > until.getTime()) return false
  return Object.entries(where).every(([attribute, value]) =>
    valuesOf(entry, attribute as Attribute).includes(value),
  )
}

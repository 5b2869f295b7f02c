/**
 * Keeps what Muster decided about each device. `record` only puts an entry into memory; entries reach the
 * database together a moment later, so a crash can lose the last of them, never a decision itself. What must stand exactly
 * once is committed with what it tells of: `recordWith`.
 */
import type { LevelLog } from '../../lib/log.ts'
import type { Store } from '../../store/index.ts'
import { Blocks } from './blocks.ts'
import { reasonCodes, type JournalCode } from './codes.ts'
import type { JournalEntry, RecordEntry, RecordWith, StoredEntry } from './entry.ts'
import { recordRepeats } from './few-of-each.ts'
import { listRefusals, type RefusalsQuestion } from './refusals-store.ts'
import { listEntries, type JournalPage, type JournalQuestion } from './list-entries.ts'
import { listEntriesAfter, newestEntryId, type LaterQuestion } from './later-store.ts'

export interface JournalOptions {
  store: Store
  log: LevelLog
  now: () => Date
  /** Kept entries an account. */
  maxEntries: number
  maxAgeDays: number
  /** Is offered every entry as it is recorded, e.g. to log it elsewhere; must return at once. */
  hear?: (entry: JournalEntry) => void
  /**
   * Where other nodes of a cluster write to the same journals: resolves when they have written what they had, or do not
   * answer.
   */
  writeElsewhere?: (() => Promise<void>) | undefined
}

export interface Journal extends AsyncDisposable {
  record: RecordEntry
  /** The entry stands behind those that were recorded before. */
  recordWith: RecordWith
  /** Resolves when what was recorded before is written, or could not be. */
  write: () => Promise<void>
  /** The newest entries that are asked for, oldest first, including those of this very moment. */
  list: (question: JournalQuestion) => Promise<StoredEntry[]>
  /** The same, with the marker by which the page of older entries is asked for. */
  listPage: (question: JournalQuestion) => Promise<JournalPage>
  /** Who was kept out, by address; oldest first, including those of this very moment. */
  listRefusals: (question: RefusalsQuestion) => Promise<StoredEntry[]>
  /** Entries with higher ids than `after`, oldest first; at most `limit`. Only what is written already. */
  listAfter: (question: LaterQuestion) => Promise<StoredEntry[]>
  /** The newest id that is written; 0 in an empty journal. */
  newestEntryId: (accountId: string) => Promise<number>
  /** Calls with entries once they are written, in the order of their ids; must return at once. */
  onWritten: (listener: WrittenListener) => Disposable
  /** Entries recorded since the start, by code. */
  counts: ReadonlyMap<JournalCode, number>
}

type WrittenListener = (accountId: string, entries: readonly StoredEntry[]) => void

const flushDelayMs = 500
const retryDelayMs = 1000
const maxWaitingEntries = 20_000
const maxEntriesAtOnce = 512
const pruneEveryEntries = 10_000
const maxDetailCharacters = 1024
const maxDetailItems = 20

export function openJournal(options: JournalOptions): Journal {
  return new BufferedJournal(options)
}

class BufferedJournal implements Journal {
  readonly counts = new Map<JournalCode, number>()
  readonly #options: JournalOptions
  readonly #blocks: Blocks
  readonly #takeSome = recordRepeats((entry) => this.#take(entry))
  readonly #listeners = new Set<WrittenListener>()
  #waiting: JournalEntry[] = []
  #dropped = 0
  #sincePrune = 0
  #timer: NodeJS.Timeout | undefined
  /** What is being written or read; one after the other. */
  #working: Promise<unknown> = Promise.resolve()

  constructor(options: JournalOptions) {
    this.#options = options
    this.#blocks = new Blocks(options.store, options.writeElsewhere !== undefined)
  }

  record = (entry: JournalEntry): void => {
    this.#count(entry)
    this.#takeSome(entry)
  }

  recordWith: RecordWith = (accountId, work) => {
    void this.#flush() // first
    return this.#inTurn(() => this.#commitWith(accountId, work))
  }

  #count({ code }: JournalEntry): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1)
  }

  /** Tells of it elsewhere. Returns what is kept of it. */
  #tell(given: JournalEntry): JournalEntry {
    const { hear, log } = this.#options
    hear?.(given)
    const entry = shortened(given)
    const level = reasonCodes[entry.code].level === 'warn' ? 'warn' : 'debug'
    if (log.isLevelEnabled(level)) log[level](entry, 'device')
    return entry
  }

  #take(given: JournalEntry): void {
    const entry = this.#tell(given)
    if (this.#waiting.length >= maxWaitingEntries) {
      this.#dropped += 1 // the disk does not keep up; the newest are worth less than the server's memory
      return
    }
    this.#waiting.push(entry)
    this.#timer ??= setTimeout(() => void this.#flush(), flushDelayMs).unref()
  }

  write(): Promise<void> {
    return this.#flush()
  }

  async list(question: JournalQuestion): Promise<StoredEntry[]> {
    return (await this.listPage(question)).entries
  }

  async listPage(question: JournalQuestion): Promise<JournalPage> {
    await this.#writeEverywhere()
    return this.#inTurn(() => this.#options.store.view((db) => listEntries(db, question)))
  }

  async listRefusals(question: RefusalsQuestion): Promise<StoredEntry[]> {
    await this.#writeEverywhere()
    return this.#inTurn(() => this.#options.store.view((db) => listRefusals(db, question)))
  }

  listAfter(question: LaterQuestion): Promise<StoredEntry[]> {
    return this.#inTurn(() => this.#options.store.view((db) => listEntriesAfter(db, question)))
  }

  newestEntryId(accountId: string): Promise<number> {
    return this.#inTurn(() => newestEntryId(this.#options.store.read, accountId))
  }

  onWritten(listener: WrittenListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush()
  }

  async #writeEverywhere(): Promise<void> {
    await Promise.all([this.#flush(), this.#options.writeElsewhere?.()])
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = this.#waiting
    this.#waiting = []
    return this.#inTurn(() => this.#write(entries))
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#working.then(work)
    this.#working = result.catch(() => {}) // whoever asked hears of it
    return result
  }

  async #write(entries: readonly JournalEntry[]): Promise<void> {
    const { log } = this.#options
    const batches = batchesOf(entries)
    let written = 0
    try {
      for (const { accountId, entries: batch } of batches) {
        await this.#append(accountId, batch)
        written += 1
      }
      this.#sincePrune += entries.length
      if (this.#sincePrune >= pruneEveryEntries) await this.#prune()
    } catch (error) {
      const left = batches.slice(written).flatMap((batch) => batch.entries)
      log.error({ error, entries: left.length }, 'journal entries could not be written yet')
      this.#putBack(left)
    }
    if (this.#dropped > 0)
      log.warn({ entries: this.#dropped }, 'journal entries were dropped: the disk does not keep up')
    this.#dropped = 0
  }

  /** A database that is away for a while takes them later. One that lost its answer may have them twice. */
  #putBack(entries: readonly JournalEntry[]): void {
    if (entries.length === 0) return
    const all = [...entries, ...this.#waiting]
    this.#waiting = all.slice(0, maxWaitingEntries)
    this.#dropped += all.length - this.#waiting.length
    this.#timer ??= setTimeout(() => void this.#flush(), retryDelayMs).unref()
  }

  async #append(accountId: string, entries: readonly JournalEntry[]): Promise<void> {
    const first = await this.#blocks.append(accountId, () => entries)
    this.#tellWritten(accountId, first, entries)
    await this.#index(accountId, first + entries.length)
  }

  /** Nobody is told of it before it is durable: a commit that fails leaves no word of it. */
  async #commitWith(...[accountId, work]: Parameters<RecordWith>): Promise<void> {
    let given: JournalEntry | undefined
    const first = await this.#blocks.append(accountId, async (db) => {
      given = await work(db)
      return given ? [shortened(given)] : []
    })
    if (!given) return
    this.#count(given)
    this.#tellWritten(accountId, first, [this.#tell(given)])
    await this.#index(accountId, first + 1)
  }

  /** What fails is done with the next entries: those that were written are not written again for it. */
  async #index(accountId: string, end: number): Promise<void> {
    try {
      await this.#blocks.index(accountId, end)
    } catch (error) {
      this.#options.log.error({ error }, 'the journal could not be indexed yet')
    }
  }

  #tellWritten(accountId: string, first: number, entries: readonly JournalEntry[]): void {
    if (this.#listeners.size === 0) return
    const written = entries.map((entry, place) => ({ details: {}, ...entry, entryId: first + place }))
    for (const listener of this.#listeners) listener(accountId, written)
  }

  #prune(): Promise<void> {
    const { now, maxEntries, maxAgeDays } = this.#options
    this.#sincePrune = 0
    return this.#blocks.prune({ before: new Date(now().getTime() - maxAgeDays * 86_400_000), maxEntries })
  }
}

interface Batch {
  accountId: string
  entries: readonly JournalEntry[]
}

/** What is written in one go: of one account, and not too much. */
function batchesOf(entries: readonly JournalEntry[]): Batch[] {
  const batches: Batch[] = []
  for (const [accountId, own] of Map.groupBy(entries, (entry) => entry.accountId))
    for (let start = 0; start < own.length; start += maxEntriesAtOnce)
      batches.push({ accountId, entries: own.slice(start, start + maxEntriesAtOnce) })
  return batches
}

/** The entry itself, when nothing in it is too long. */
function shortened(entry: JournalEntry): JournalEntry {
  const { details } = entry
  if (!details || Object.values(details).every(isShort)) return entry
  const short = Object.entries(details).map(([name, value]) => [name, shorten(value)])
  return { ...entry, details: Object.fromEntries(short) as typeof details }
}

type Detail = NonNullable<JournalEntry['details']>[string]

const isShort = (value: Detail): boolean =>
  typeof value === 'string'
    ? value.length <= maxDetailCharacters
    : typeof value !== 'object' || (value.length <= maxDetailItems && value.every(isShort))

function shorten(value: Detail): Detail {
  if (typeof value === 'string') return cut(value)
  return typeof value === 'object' ? value.slice(0, maxDetailItems).map(cut) : value
}

const cut = (text: string) =>
  text.length > maxDetailCharacters ? `${text.slice(0, maxDetailCharacters)}…` : text

/**
 * Keeps what Muster decided about each device. `record` only puts an entry into memory; entries reach the
 * database together a moment later, so a crash can lose the last of them, never a decision itself.
 */
import type { Log } from '../lib/log.ts'
import type { Store } from '../store/index.ts'
import { reasonCodes, type JournalCode } from './codes.ts'
import type { JournalEntry, RecordEntry } from './entry.ts'
import { recordRepeats } from './few-of-each.ts'
import { insertEntries, listEntries, pruneEntries, type JournalQuestion, type StoredEntry } from './store.ts'

export interface JournalOptions {
  store: Store
  log: Log
  now: () => Date
  /** Kept entries an account. */
  maxEntries: number
  maxAgeDays: number
  /** Is offered every entry as it is recorded, e.g. to log it elsewhere; must return at once. */
  hear?: (entry: JournalEntry) => void
}

export interface Journal extends AsyncDisposable {
  record: RecordEntry
  /** Entries on one device, oldest first, including those of this very moment. */
  list: (question: JournalQuestion) => Promise<StoredEntry[]>
  /** Entries recorded since the start, by code. */
  counts: ReadonlyMap<JournalCode, number>
}

const flushDelayMs = 500
const maxWaitingEntries = 20_000
const maxRowsAStatement = 500
const pruneEveryEntries = 10_000
const maxDetailCharacters = 1024

export function openJournal(options: JournalOptions): Journal {
  return new BufferedJournal(options)
}

class BufferedJournal implements Journal {
  readonly counts = new Map<JournalCode, number>()
  readonly #options: JournalOptions
  readonly #takeSome = recordRepeats((entry) => this.#take(entry))
  #waiting: StoredEntry[] = []
  #lastId = 0
  #dropped = 0
  #sincePrune = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: JournalOptions) {
    this.#options = options
  }

  record = (entry: JournalEntry): void => {
    this.counts.set(entry.code, (this.counts.get(entry.code) ?? 0) + 1)
    this.#takeSome(entry)
  }

  #take(entry: JournalEntry): void {
    this.#options.hear?.(entry)
    const details = shortened(entry.details)
    const level = reasonCodes[entry.code].level === 'warn' ? 'warn' : 'debug'
    this.#options.log[level]({ ...entry, details }, 'device')
    if (this.#waiting.length >= maxWaitingEntries) {
      this.#dropped += 1 // the disk does not keep up; the newest are worth less than the server's memory
      return
    }
    this.#lastId = Math.max(this.#lastId + 1, entry.at.getTime() * 1000)
    this.#waiting.push({ ...entry, details, entryId: this.#lastId })
    this.#timer ??= setTimeout(() => void this.#flush(), flushDelayMs).unref()
  }

  async list(question: JournalQuestion): Promise<StoredEntry[]> {
    await this.#flush()
    return listEntries(this.#options.store.read, question)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush()
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = this.#waiting
    this.#waiting = []
    this.#writing = this.#writing.then(() => this.#write(entries))
    await this.#writing
  }

  async #write(entries: StoredEntry[]): Promise<void> {
    const { store, log, now, maxEntries, maxAgeDays } = this.#options
    try {
      for (let start = 0; start < entries.length; start += maxRowsAStatement) {
        const rows = entries.slice(start, start + maxRowsAStatement)
        await store.transact((db) => insertEntries(db, rows))
      }
      this.#sincePrune += entries.length
      if (this.#sincePrune >= pruneEveryEntries) {
        this.#sincePrune = 0
        const before = new Date(now().getTime() - maxAgeDays * 86_400_000)
        await store.transact((db) => pruneEntries(db, { before, maxEntries }))
      }
    } catch (error) {
      log.error({ error, entries: entries.length }, 'journal entries could not be written')
    }
    if (this.#dropped > 0)
      log.warn({ entries: this.#dropped }, 'journal entries were dropped: the disk does not keep up')
    this.#dropped = 0
  }
}

function shortened(details: JournalEntry['details']): NonNullable<JournalEntry['details']> {
  const short: NonNullable<JournalEntry['details']> = {}
  for (const [name, value] of Object.entries(details ?? {})) {
    if (typeof value === 'string') short[name] = cut(value)
    else short[name] = Array.isArray(value) ? value.slice(0, 20).map((item: string) => cut(item)) : value
  }
  return short
}

const cut = (text: string) =>
  text.length > maxDetailCharacters ? `${text.slice(0, maxDetailCharacters)}…` : text

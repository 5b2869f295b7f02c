/**
 * Keeps the record of API calls. The entry of a call that commits something goes with that very commit. All others are
 * written to a file before the call is answered, and reach the database together a moment later.
 * See docs/decisions/0037-the-record-of-calls.md.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RecordCall, RecordedCall } from '../../api/aws/recorded-call.ts'
import { toRefusal } from '../../api/aws/render-error.ts'
import type { LevelLog } from '../../lib/log.ts'
import type { Db, Store, StoreCompanion } from '../../store/index.ts'
import { Chains } from './chains.ts'
import { toEntry, toLine } from './entry.ts'
import { readSpool, Spool, type Spooled } from './spool.ts'
import { listAllChains } from './store.ts'
import { Tidying } from './tidying.ts'

export interface AuditOptions {
  store: Store
  log: Pick<LevelLog, 'error'>
  now: () => Date
  /** Where entries wait. */
  spoolFile: string
  /** This node's name; empty for a server by itself. */
  chain: string
  maxAgeDays: number
  /** Of each chain. */
  maxBytes: number
  /** How long entries wait in the file when nothing is committed; milliseconds. */
  flushDelayMs?: number
}

export interface Audit extends AsyncDisposable {
  record: RecordCall
  /** Resolves when all entries of calls that have been answered are in the database. */
  flush: () => Promise<void>
}

/** A call that is under way. */
interface Draft {
  call: RecordedCall
  isOpen: boolean
  /** Of the entry that goes with a commit: its number, undefined if that failed. */
  noted?: PromiseWithResolvers<number | undefined>
}

/** What is in a batch that is being committed: each call with the number of its entry, and what comes from the file. */
interface Written {
  drafts: Map<Draft, number>
  spooled: readonly Spooled[]
}

const defaultFlushDelayMs = 1000
const retryDelayMs = 5000
const maxAtOnce = 256
/** Beyond, calls fail instead of being answered without an entry. */
const maxWaiting = 50_000

/** What a run before left in the file is in the database when this resolves. */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const audit = new CallAudit(options)
  await audit.begin()
  return audit
}

class CallAudit implements Audit, StoreCompanion {
  readonly #options: AuditOptions
  readonly #calls = new AsyncLocalStorage<Draft>()
  readonly #chains: Chains
  readonly #spool: Spool
  readonly #tidying: Tidying
  /** Of the batch whose jobs are running. */
  #noted: Draft[] = []
  #written: Written | undefined
  /** In the file, and not in the database yet. */
  #waiting: Spooled[] = []
  #newestNumber = 0
  #isFlushAsked = false
  #timer: NodeJS.Timeout | undefined
  /** The next write to the file: what goes with it, and who waits for it. */
  #next: { entries: Spooled[]; done: Promise<void> } | undefined

  constructor(options: AuditOptions) {
    this.#options = options
    this.#chains = new Chains(options.chain)
    this.#spool = new Spool(options.spoolFile)
    this.#tidying = new Tidying(options, this.#chains, (work) => this.#calls.exit(work))
  }

  async begin(): Promise<void> {
    const { store, spoolFile } = this.#options
    this.#waiting = readSpool(spoolFile)
    await store.transact((db) => this.#leaveOutTaken(db))
    store.accompany(this)
    await this.flush()
    this.#spool.clear([])
    this.#tidying.begin()
  }

  /** What a run before has brought into the database, and could not take out of the file any more. */
  async #leaveOutTaken(db: Db): Promise<void> {
    const own = (await listAllChains(db)).filter(({ chain }) => chain === this.#options.chain)
    const takenOf = new Map(own.map((row) => [row.account_id, row.taken]))
    this.#newestNumber = Math.max(0, ...takenOf.values(), ...this.#waiting.map(({ number }) => number))
    this.#waiting = this.#waiting.filter(({ accountId, number }) => number > (takenOf.get(accountId) ?? 0))
    for (const row of own) this.#chains.take(row)
  }

  record: RecordCall = async <T>(call: RecordedCall, work: () => Promise<T>): Promise<T> => {
    const draft: Draft = { call, isOpen: true }
    let ended: { value: T } | { error: unknown }
    try {
      ended = { value: await this.#calls.run(draft, work) }
    } catch (error) {
      ended = { error }
    }
    draft.isOpen = false
    await this.#close(draft, 'error' in ended ? failureOf(ended.error) : undefined)
    if ('error' in ended) throw ended.error
    return ended.value
  }

  /** Resolves when its entry is where it outlives the process. */
  async #close({ call, noted }: Draft, failure: ReturnType<typeof failureOf> | undefined): Promise<void> {
    const seq = noted && (await noted.promise)
    if (seq !== undefined && !failure) return
    if (this.#waiting.length >= maxWaiting)
      throw new Error(`${maxWaiting} entries of the record of calls wait for the database`)
    const at = this.#options.now()
    const line = toLine(toEntry(call, { at, failure, corrects: seq }))
    const { accountId } = call.caller
    this.#next ??= this.#planWrite()
    this.#next.entries.push({ number: ++this.#newestNumber, accountId, at: at.getTime(), line })
    await this.#next.done
  }

  /** All that comes in this turn goes together. */
  #planWrite() {
    const entries: Spooled[] = []
    const done = new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        this.#next = undefined
        try {
          this.#spool.append(entries)
        } catch (cause) {
          return reject(new Error('the record of calls cannot be written', { cause }))
        }
        this.#waiting.push(...entries)
        this.#planFlush(this.#options.flushDelayMs ?? defaultFlushDelayMs)
        resolve()
      })
    })
    return { entries, done }
  }

  #planFlush(delayMs: number): void {
    if (this.#waiting.length >= maxAtOnce) this.#isFlushAsked = true // the next commit takes them
    this.#timer ??= setTimeout(() => void this.#flushLater(), delayMs).unref()
  }

  async #flushLater(): Promise<void> {
    this.#timer = undefined
    try {
      await this.flush()
    } catch (error) {
      this.#options.log.error({ error, entries: this.#waiting.length }, 'calls could not be written down yet')
      this.#planFlush(retryDelayMs)
    }
  }

  async flush(): Promise<void> {
    await this.#next?.done
    const last = this.#newestNumber
    while ((this.#waiting[0]?.number ?? Infinity) <= last) {
      this.#isFlushAsked = true
      await this.#calls.exit(() => this.#options.store.transact(async () => {}))
    }
  }

  noteFor = (): (() => void) | undefined => {
    const draft = this.#calls.getStore()
    if (!draft?.isOpen || draft.noted) return undefined
    return () => {
      if (draft.noted || !draft.isOpen) return
      draft.noted = Promise.withResolvers()
      this.#noted.push(draft)
    }
  }

  complete = (db: Db): Promise<void> | undefined => {
    if (this.#noted.length === 0 && (!this.#isFlushAsked || this.#waiting.length === 0)) return undefined
    return this.#write(db)
  }

  async #write(db: Db): Promise<void> {
    const noted = this.#noted
    const spooled = this.#waiting.slice(0, maxAtOnce)
    this.#noted = []
    const drafts = new Map<Draft, number>()
    this.#written = { drafts, spooled }
    for (const draft of noted) drafts.set(draft, 0)
    const ofDrafts = Map.groupBy(noted, ({ call }) => call.caller.accountId)
    const accounts = new Set([...spooled.map(({ accountId }) => accountId), ...ofDrafts.keys()])
    for (const accountId of accounts) {
      const own = ofDrafts.get(accountId) ?? []
      const first = await this.#append(db, accountId, { own, spooled })
      for (const [place, draft] of own.entries()) drafts.set(draft, first + place)
    }
  }

  /** Resolves with the number of the first of `own`. What waited was answered before. */
  async #append(
    db: Db,
    accountId: string,
    { own, spooled }: { own: readonly Draft[]; spooled: readonly Spooled[] },
  ): Promise<number> {
    const tail = await this.#chains.tailOf(db, accountId)
    // after a commit whose answer was lost some may be there
    const waited = spooled.filter((one) => one.accountId === accountId && one.number > tail.taken)
    const at = this.#options.now()
    const lines = [...waited.map(({ line }) => line), ...own.map(({ call }) => toLine(toEntry(call, { at })))]
    if (lines.length === 0) return tail.nextSeq
    const times = [...waited.map((one) => one.at), ...(own.length > 0 ? [at.getTime()] : [])]
    const addition = { accountId, lines, newestAt: Math.max(...times), taken: waited.at(-1)?.number }
    return (await this.#chains.append(db, tail, addition)) + waited.length
  }

  settle = (isDurable: boolean): void => {
    const written = this.#written
    if (!written) return
    this.#written = undefined
    if (!isDurable) return this.#giveUp(written)
    this.#chains.keep()
    this.#waiting.splice(0, written.spooled.length)
    if (this.#waiting.length === 0) this.#isFlushAsked = false
    if (written.spooled.length > 0) this.#clearSpool()
    for (const [{ noted }, seq] of written.drafts) noted?.resolve(seq)
    this.#tidying.lookAt()
  }

  abandon = (isCompleted: boolean): void => {
    for (const { noted } of this.#noted.splice(0)) noted?.resolve(undefined)
    const written = this.#written
    if (!isCompleted || !written) return
    this.#written = undefined
    this.#giveUp(written)
  }

  /** What is in the file still is. Whether the chain grew is read anew, as a commit may have lost its answer. */
  #giveUp({ drafts }: Written): void {
    this.#chains.forget()
    for (const { noted } of drafts.keys()) noted?.resolve(undefined)
  }

  #clearSpool(): void {
    try {
      this.#spool.clear(this.#waiting)
    } catch (error) {
      // the next start leaves out what is in the database
      this.#options.log.error({ error }, 'the file of calls that wait could not be cleared')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await this.flush().catch((error: unknown) =>
      this.#options.log.error({ error }, 'calls that wait are written down at the next start'),
    )
    clearTimeout(this.#timer)
    await this.#tidying[Symbol.asyncDispose]()
    this.#spool[Symbol.dispose]()
  }
}

function failureOf(error: unknown): { code: string; message: string } {
  const refusal = toRefusal(error)
  if (refusal) return { code: refusal.code, message: refusal.message }
  return { code: 'InternalFailureException', message: 'The server failed to answer' }
}

/**
 * What happens in each account, counted by the minute, as AWS IoT tells CloudWatch. To count is an addition in memory;
 * once a minute the sums are written, so a crash loses a minute at most.
 */
import { randomUUID } from 'node:crypto'
import type { LevelLog } from '../../lib/log.ts'
import type { Store } from '../../store/index.ts'
import { hourMs, hourOf, Hours, minuteMs, minuteOf } from './hours.ts'
import { pruneHour, pruneMetrics, putHours } from './store.ts'

export interface CountedMetricsOptions {
  store: Pick<Store, 'transact'>
  now: () => Date
  log: Pick<LevelLog, 'warn' | 'error'>
  /** Of others that count into the same database: resolves once what they have counted is written. */
  writeElsewhere?: (() => Promise<void>) | undefined
}

/** A count since the start, which only grows. */
export interface Total {
  accountId: string
  /** By `keyOf`. */
  metric: string
  total: number
}

export interface CountedMetrics extends AsyncDisposable {
  /** Returns at once; `metric` is by `keyOf`. */
  count: (accountId: string, metric: string, count?: number) => void
  /** Asked each minute for what it counts by itself. */
  addSource: (totals: () => Iterable<Total>) => void
  /** Resolves once all that was counted before is written. @throws when it could not be; it is tried again */
  flush: () => Promise<void>
  /** The same, also of all others. */
  flushAll: () => Promise<void>
}

/** As long as CloudWatch keeps values of one minute. */
export const keptHours = 15 * 24

/** In one transaction: others wait behind it. */
const batch = 100

export function openCountedMetrics(options: CountedMetricsOptions): CountedMetrics {
  return new WrittenMetrics(options)
}

class WrittenMetrics implements CountedMetrics {
  readonly #options: CountedMetricsOptions
  readonly #writer = randomUUID()
  readonly #hours = new Hours()
  readonly #sources: (() => Iterable<Total>)[] = []
  readonly #seen = new Map<string, number>()
  #pending = new Map<string, Map<string, number>>()
  /** What is counted now belongs to the minute in which it was looked last. */
  #minute: number
  #prunedAt = 0
  #toldAt = 0
  #timer: NodeJS.Timeout
  #working: Promise<void> = Promise.resolve()

  constructor(options: CountedMetricsOptions) {
    this.#options = options
    this.#minute = minuteOf(options.now())
    this.#timer = this.#wait()
  }

  count = (accountId: string, metric: string, count = 1): void => {
    let account = this.#pending.get(accountId)
    if (!account) this.#pending.set(accountId, (account = new Map()))
    account.set(metric, (account.get(metric) ?? 0) + count)
  }

  addSource = (totals: () => Iterable<Total>): void => void this.#sources.push(totals)

  flush = (): Promise<void> => {
    const flushed = this.#working.then(() => this.#flush())
    this.#working = flushed.catch(() => {}) // whoever asked hears of it
    return flushed
  }

  flushAll = async (): Promise<void> => {
    await Promise.all([this.flush(), this.#options.writeElsewhere?.()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await this.#flushQuietly()
  }

  /** Until the end of the minute. */
  #wait(): NodeJS.Timeout {
    const { now } = this.#options
    return setTimeout(
      () => {
        this.#timer = this.#wait()
        void this.#flushQuietly()
      },
      minuteMs - (now().getTime() % minuteMs),
    ).unref()
  }

  async #flushQuietly(): Promise<void> {
    try {
      await this.flush()
    } catch (error) {
      this.#options.log.error({ error }, 'metrics could not be written yet')
    }
  }

  async #flush(): Promise<void> {
    const { store, now } = this.#options
    this.#takeIn(minuteOf(now()))
    const changed = this.#hours.changed()
    for (let at = 0; at < changed.length; at += batch) {
      const some = changed.slice(at, at + batch)
      await store.transact((db) => putHours(db, this.#writer, some))
      this.#hours.noteWritten(some)
    }
    await this.#prune(Math.floor(now().getTime() / hourMs))
  }

  #takeIn(minuteNow: number): void {
    for (const totals of this.#sources) for (const total of totals()) this.#takeTotal(total)
    const pending = this.#pending
    this.#pending = new Map()
    let missed = 0
    for (const [accountId, counts] of pending)
      for (const [metric, count] of counts)
        if (!this.#hours.add({ accountId, metric }, this.#minute, count)) missed += 1
    if (missed > 0) this.#tellMissed(missed)
    this.#minute = minuteNow
  }

  #takeTotal({ accountId, metric, total }: Total): void {
    const key = `${accountId}/${metric}`
    const more = total - (this.#seen.get(key) ?? 0)
    if (more <= 0) return
    this.#seen.set(key, total)
    this.count(accountId, metric, more)
  }

  /** Once an hour. */
  #tellMissed(metrics: number): void {
    const hour = hourOf(this.#minute)
    if (this.#toldAt === hour) return
    this.#toldAt = hour
    this.#options.log.warn({ metrics }, 'metrics are not counted: an account has too many')
  }

  /** Once an hour, hour by hour. */
  async #prune(hour: number): Promise<void> {
    this.#hours.forgetBefore(hour)
    if (this.#prunedAt === hour) return
    const { store } = this.#options
    while (await store.transact((db) => pruneHour(db, hour - keptHours))); // until none is left
    await store.transact((db) => pruneMetrics(db, hour - keptHours))
    this.#prunedAt = hour
  }
}

/** How often each decision was made over the last day, for plots without Prometheus; in memory, since the start. */
import type { JournalCode } from './codes.ts'
import type { JournalEntry } from './entry.ts'
import { caOf } from './filter.ts'

export interface StatsReport {
  /** By reason code, over the last 15 minutes. */
  recent: Record<string, number>
  /** By reason code, over the last 24 hours. */
  day: Record<string, number>
  /** For each CA whose devices came: decisions an hour over the last 24 hours, the oldest first. */
  cas: { caCertificateId: string; hours: number[] }[]
}

const minuteMs = 60_000
const minutesADay = 24 * 60
const hoursADay = 24
const recentMinutes = 15
/** Whose devices are counted; those that come after so many are not. */
const maxCas = 200
const maxAccounts = 100

/** Counts of one minute; `at` is minutes since the epoch. */
interface Minute {
  at: number
  counts: Map<JournalCode, number>
}

interface Account {
  /** By minute of the day. */
  minutes: (Minute | undefined)[]
  /** By CA, for each hour of the day: which hour since the epoch, and how many. */
  cas: Map<string, { at: number; count: number }[]>
}

export class JournalStats {
  readonly #now: () => Date
  readonly #accounts = new Map<string, Account>()

  constructor(now: () => Date) {
    this.#now = now
  }

  hear = (entry: JournalEntry): void => {
    const account = this.#accountOf(entry.accountId)
    if (!account) return
    const at = Math.floor(entry.at.getTime() / minuteMs)
    let minute = account.minutes[at % minutesADay]
    if (minute?.at !== at) {
      minute = { at, counts: new Map() }
      account.minutes[at % minutesADay] = minute
    }
    minute.counts.set(entry.code, (minute.counts.get(entry.code) ?? 0) + 1)
    countCa(account, entry)
  }

  report(accountId: string): StatsReport {
    const now = Math.floor(this.#now().getTime() / minuteMs)
    const { minutes = [], cas = new Map() } = this.#accounts.get(accountId) ?? {}
    return {
      recent: sum(minutes, now - recentMinutes),
      day: sum(minutes, now - minutesADay),
      cas: [...cas].map(([caCertificateId, hours]) => ({ caCertificateId, hours: inOrder(hours, now) })),
    }
  }

  #accountOf(accountId: string): Account | undefined {
    const known = this.#accounts.get(accountId)
    if (known || this.#accounts.size >= maxAccounts) return known
    const account: Account = { minutes: [], cas: new Map() }
    this.#accounts.set(accountId, account)
    return account
  }
}

/** Of several nodes. */
export function addReports(reports: readonly StatsReport[]): StatsReport {
  const cas = new Map<string, number[]>()
  for (const { caCertificateId: id, hours } of reports.flatMap((report) => report.cas)) {
    const known = cas.get(id)
    cas.set(id, known ? known.map((count, hour) => count + (hours[hour] ?? 0)) : hours)
  }
  return {
    recent: addCounts(reports.map(({ recent }) => recent)),
    day: addCounts(reports.map(({ day }) => day)),
    cas: [...cas].map(([caCertificateId, hours]) => ({ caCertificateId, hours })),
  }
}

function addCounts(counts: readonly Record<string, number>[]): Record<string, number> {
  const total = new Map<string, number>()
  for (const [code, count] of counts.flatMap((one) => Object.entries(one)))
    total.set(code, (total.get(code) ?? 0) + count)
  return Object.fromEntries(total)
}

function countCa({ cas }: Account, entry: JournalEntry): void {
  const { at } = entry
  const id = caOf(entry)
  if (id === undefined || (!cas.has(id) && cas.size >= maxCas)) return
  const hours = cas.get(id) ?? []
  cas.set(id, hours)
  const hour = Math.floor(at.getTime() / (60 * minuteMs))
  const slot = hours[hour % hoursADay]
  if (slot?.at === hour) slot.count += 1
  else hours[hour % hoursADay] = { at: hour, count: 1 }
}

function sum(minutes: readonly (Minute | undefined)[], after: number): Record<string, number> {
  const total = new Map<string, number>()
  for (const minute of minutes) {
    if (!minute || minute.at <= after) continue
    for (const [code, count] of minute.counts) total.set(code, (total.get(code) ?? 0) + count)
  }
  return Object.fromEntries(total)
}

function inOrder(
  hours: readonly ({ at: number; count: number } | undefined)[],
  nowMinutes: number,
): number[] {
  const newest = Math.floor(nowMinutes / 60)
  return Array.from({ length: hoursADay }, (_, index) => {
    const hour = newest - hoursADay + 1 + index
    const slot = hours[hour % hoursADay]
    return slot?.at === hour ? slot.count : 0
  })
}

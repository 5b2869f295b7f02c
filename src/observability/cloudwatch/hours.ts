/** Counts by minute, an hour of one metric together: what is written, and what it is read as. */

export const minuteMs = 60_000
export const hourMs = 3_600_000
const minutesAnHour = 60

/** Minutes since the epoch. */
export const minuteOf = (date: Date): number => Math.floor(date.getTime() / minuteMs)

export const hourOf = (minute: number): number => Math.floor(minute / minutesAnHour)

/** Of one metric in one hour; by minute of the hour. */
export interface Hour {
  accountId: string
  metric: string
  hour: number
  counts: Map<number, number>
}

export const formatCounts = (counts: ReadonlyMap<number, number>): string =>
  [...counts].map(([minute, count]) => `${minute}:${count}`).join(' ')

/** Minutes since the epoch, and how many there were. */
export function* parseCounts(hour: number, text: string): Iterable<[minute: number, count: number]> {
  for (const pair of text.split(' ')) {
    const [minute, count] = pair.split(':')
    yield [hour * minutesAnHour + Number(minute), Number(count)]
  }
}

/** Of one account and hour. AWS allows 1000 rules, which have two metrics and more each. */
const maxMetrics = 4000

/** What this process has counted in the present hour, and what is not written yet of those before. */
export class Hours {
  readonly #hours = new Map<string, Hour & { isChanged: boolean }>()
  readonly #metrics = new Map<string, number>()

  /** False for a metric that is one too many. */
  add({ accountId, metric }: Pick<Hour, 'accountId' | 'metric'>, minute: number, count: number): boolean {
    const known = this.#of(accountId, metric, hourOf(minute))
    if (!known) return false
    const minuteOfHour = minute % minutesAnHour
    known.counts.set(minuteOfHour, (known.counts.get(minuteOfHour) ?? 0) + count)
    known.isChanged = true
    return true
  }

  changed(): Hour[] {
    return [...this.#hours.values()].filter(({ isChanged }) => isChanged)
  }

  /** They are on disk as they are now. */
  noteWritten(hours: readonly Hour[]): void {
    for (const { accountId, metric, hour } of hours) {
      const known = this.#hours.get(`${hour}/${accountId}/${metric}`)
      if (known) known.isChanged = false
    }
  }

  /** What is written of hours that are over is needed no more. */
  forgetBefore(hour: number): void {
    for (const [key, known] of this.#hours) if (known.hour < hour && !known.isChanged) this.#hours.delete(key)
    for (const key of this.#metrics.keys()) if (Number(key.split('/')[0]) < hour) this.#metrics.delete(key)
  }

  #of(accountId: string, metric: string, hour: number): (Hour & { isChanged: boolean }) | undefined {
    const key = `${hour}/${accountId}/${metric}`
    const known = this.#hours.get(key)
    if (known) return known
    const metrics = this.#metrics.get(`${hour}/${accountId}`) ?? 0
    if (metrics >= maxMetrics) return undefined
    this.#metrics.set(`${hour}/${accountId}`, metrics + 1)
    const made = { accountId, metric, hour, counts: new Map<number, number>(), isChanged: true }
    this.#hours.set(key, made)
    return made
  }
}

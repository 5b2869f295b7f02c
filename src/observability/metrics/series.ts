/** What is counted and timed since the start, kept as Prometheus wants it (text format 0.0.4, "Metric types"). */

/** By name; few, and of few values each: each combination is a series that is kept. */
type Labels = Readonly<Record<string, string | number>>

/** One line of a family. */
export interface Sample {
  /** What follows the name of the family, e.g. `_bucket`. */
  suffix?: string
  labels?: Labels
  value: number
}

/** Series beyond it are counted together, under `other`: a mistake must not fill the memory. */
const maxSeries = 2000
const other: Labels = { other: 'true' }

/** One value for each combination of labels. */
class Series<Value> {
  readonly #make: () => Value
  readonly #known = new Map<string, { labels: Labels; value: Value }>()

  constructor(make: () => Value) {
    this.#make = make
  }

  of(labels: Labels): Value {
    const key = Object.values(labels).join('\n')
    const known = this.#known.get(key)
    if (known) return known.value
    if (this.#known.size >= maxSeries && labels !== other) return this.of(other)
    const value = this.#make()
    this.#known.set(key, { labels, value })
    return value
  }

  all(): Iterable<{ labels: Labels; value: Value }> {
    return this.#known.values()
  }
}

/** Only grows. */
export class Counter {
  readonly #series = new Series(() => ({ total: 0 }))

  add(labels: Labels, amount = 1): void {
    this.#series.of(labels).total += amount
  }

  samples(): Sample[] {
    return [...this.#series.all()].map(({ labels, value }) => ({ labels, value: value.total }))
  }
}

/** From half a millisecond to ten seconds. */
const secondsBounds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

const noLabels: Labels = {}

/** How long something took. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #series: Series<{ counts: number[]; sum: number; count: number }>

  /** @param bounds upper ones of the buckets in seconds, ascending */
  constructor(bounds: readonly number[] = secondsBounds) {
    this.#bounds = bounds
    this.#series = new Series(() => ({ counts: bounds.map(() => 0), sum: 0, count: 0 }))
  }

  observe(seconds: number, labels: Labels = noLabels): void {
    const one = this.#series.of(labels)
    one.sum += seconds
    one.count += 1
    const bucket = this.#bounds.findIndex((bound) => seconds <= bound)
    if (bucket >= 0) one.counts[bucket] = (one.counts[bucket] ?? 0) + 1
  }

  /** Buckets hold all that is not above their bound. */
  samples(): Sample[] {
    return [...this.#series.all()].flatMap(({ labels, value: { counts, sum, count } }) => {
      let below = 0
      const buckets = this.#bounds.map((le, at) => {
        below += counts[at] ?? 0
        return { suffix: '_bucket', labels: { ...labels, le }, value: below }
      })
      return [
        ...buckets,
        { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
        { suffix: '_sum', labels, value: sum },
        { suffix: '_count', labels, value: count },
      ]
    })
  }
}

/**
 * From counts of minutes to the values of a period. A count is so many samples of 1: that is what the statistics say.
 * Sources: Amazon CloudWatch API Reference, "MetricStat"; Amazon CloudWatch User Guide, "CloudWatch statistics definitions".
 */
import { minuteMs, minuteOf } from './hours.ts'

/** Minutes since the epoch: from the first to before the last. */
export interface Range {
  from: number
  to: number
  /** In minutes. */
  period: number
}

export interface Datapoint {
  at: Date
  sum: number
}

const statistics = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const
export type Statistic = (typeof statistics)[number]

export const isStatistic = (text: string): text is Statistic => statistics.includes(text as Statistic)

/** A minute belongs to a range that ends within it. assumed: periods begin with the start, rounded down to a minute. */
export const toRange = (start: Date, end: Date, periodSeconds: number): Range => ({
  from: minuteOf(start),
  to: Math.ceil(end.getTime() / minuteMs),
  period: periodSeconds / 60,
})

/** Only periods in which something was counted, the oldest first. */
export function toDatapoints(
  counts: Iterable<readonly [minute: number, count: number]>,
  { from, to, period }: Range,
): Datapoint[] {
  const sums = new Map<number, number>()
  for (const [minute, count] of counts) {
    if (minute < from || minute >= to) continue
    const place = Math.floor((minute - from) / period)
    sums.set(place, (sums.get(place) ?? 0) + count)
  }
  return [...sums]
    .toSorted(([left], [right]) => left - right)
    .map(([place, sum]) => ({ at: new Date((from + place * period) * minuteMs), sum }))
}

export const valueOf = (statistic: Statistic, { sum }: Datapoint): number =>
  statistic === 'Sum' || statistic === 'SampleCount' ? sum : 1

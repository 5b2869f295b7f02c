/** Counted metrics in a store of their own, for the tests beside it. */
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { Store } from '../../../store/index.ts'
import { openCountedMetrics, type CountedMetrics, type CountedMetricsOptions } from '../counted-metrics.ts'
import { hourMs, minuteMs } from '../hours.ts'
import type { GetMetricDataInput, MetricDataQuery } from '../metric-data.ts'
import { cloudWatchOperations } from '../operations.ts'

export const accountId = '123456789012'
export const other = '000000000000'
/** At the beginning of an hour. */
export const start = new Date('2026-03-04T05:00:00.000Z')

export interface TestMetrics extends AsyncDisposable {
  store: Store
  metrics: CountedMetrics
  operations: ReturnType<typeof cloudWatchOperations>
  /** What was logged, without details. */
  logged: string[]
  clock: { now: number }
  /** Lets the time pass as the server does: it looks at the end of each minute. */
  passMinutes: (minutes: number) => Promise<void>
  passHours: (hours: number) => Promise<void>
  /** Another process that counts into the same database. */
  another: (options?: Pick<Partial<CountedMetricsOptions>, 'store' | 'writeElsewhere'>) => CountedMetrics
}

export async function openTestMetrics(): Promise<TestMetrics> {
  const store = await openTestStore()
  const clock = { now: start.getTime() }
  const now = () => new Date(clock.now)
  const logged: string[] = []
  const write = (_: object, message: string) => void logged.push(message)
  const open: TestMetrics['another'] = (options = {}) =>
    openCountedMetrics({ store, now, log: { warn: write, error: write } as never, ...options })
  const metrics = open()
  const pass = async (ms: number) => {
    clock.now += ms
    await metrics.flush()
  }
  return {
    store,
    metrics,
    logged,
    clock,
    operations: cloudWatchOperations({ store, now, countedMetrics: metrics }),
    passMinutes: (minutes) => pass(minutes * minuteMs),
    passHours: (hours) => pass(hours * hourMs),
    another: open,
    async [Symbol.asyncDispose]() {
      await metrics[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

export const connects = { MetricName: 'Connect.Success', Dimensions: [{ Name: 'Protocol', Value: 'MQTT' }] }

/** Of connects, by the minute. */
export const query = (changes: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id: 'a',
  MetricStat: { Metric: { Namespace: 'AWS/IoT', ...connects }, Period: 60, Stat: 'Sum' },
  ...changes,
})

/** The first hour of a test. */
export const data = (changes: Partial<GetMetricDataInput> = {}): GetMetricDataInput => ({
  MetricDataQueries: [query()],
  StartTime: start,
  EndTime: new Date(start.getTime() + hourMs),
  ScanBy: 'TimestampAscending',
  ...changes,
})

export const atMinute = (minute: number): Date => new Date(start.getTime() + minute * minuteMs)

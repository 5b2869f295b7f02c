import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyOf } from './metric.ts'
import {
  accountId,
  atMinute,
  data,
  openTestMetrics,
  other,
  query,
  type TestMetrics,
} from './testing/test-metrics.ts'

const connect = keyOf('Connect.Success', { Protocol: 'MQTT' })

const daily = { ...query().MetricStat!, Period: 86_400 }

let test: TestMetrics
beforeEach(async () => {
  test = await openTestMetrics()
})
afterEach(() => test[Symbol.asyncDispose]())

async function read(input = data(), account = accountId) {
  const { MetricDataResults } = await test.operations.GetMetricData(input, { accountId: account })
  const [{ Timestamps, Values }] = MetricDataResults as [(typeof MetricDataResults)[0]]
  return Timestamps.map((at, place) => [at, Values[place]])
}

describe('what is counted', () => {
  it('belongs to the minute in which it was, and is there at once', async () => {
    test.metrics.count(accountId, connect)
    test.metrics.count(accountId, connect, 2)
    expect(await read()).toEqual([[atMinute(0), 3]])
    await test.passMinutes(1)
    test.metrics.count(accountId, connect)
    await test.passMinutes(2)
    expect(await read()).toEqual([
      [atMinute(0), 3],
      [atMinute(1), 1],
    ])
  })

  it('is added to what was counted earlier in the minute, and is not written twice', async () => {
    for (const count of [1, 2, 3]) {
      test.metrics.count(accountId, connect, count)
      await test.metrics.flush()
    }
    await test.metrics.flush()
    expect(await read()).toEqual([[atMinute(0), 6]])
  })

  it('is there at once also of another process that counts into the same database', async () => {
    await using second = test.another()
    await using third = test.another({ writeElsewhere: second.flush })
    second.count(accountId, connect, 2)
    third.count(accountId, connect, 3)
    await third.flushAll()
    expect(await read()).toEqual([[atMinute(0), 5]])
  })

  it('goes on over the end of an hour', async () => {
    await test.passMinutes(59)
    test.metrics.count(accountId, connect)
    await test.passMinutes(1)
    test.metrics.count(accountId, connect, 5)
    await test.passMinutes(1)
    const EndTime = atMinute(120)
    expect(await read(data({ EndTime }))).toEqual([
      [atMinute(59), 1],
      [atMinute(60), 5],
    ])
  })

  it('is of its account alone', async () => {
    test.metrics.count(accountId, connect)
    test.metrics.count(other, connect, 7)
    expect(await read()).toEqual([[atMinute(0), 1]])
    expect(await read(data(), other)).toEqual([[atMinute(0), 7]])
  })

  it('is kept when the process ends, and added to what the next one and other nodes count', async () => {
    test.metrics.count(accountId, connect)
    await test.metrics[Symbol.asyncDispose]()
    await using second = test.another()
    await using third = test.another()
    second.count(accountId, connect, 10)
    third.count(accountId, connect, 100)
    await Promise.all([second.flush(), third.flush()])
    expect(await read()).toEqual([[atMinute(0), 111]])
  })

  it('is read in pages, where many processes counted', async () => {
    for (let start = 0; start < 35; start += 1) {
      await using one = test.another()
      for (let hour = 0; hour < 30; hour += 1) {
        one.count(accountId, connect)
        test.clock.now += 3_600_000
        await one.flush()
      }
      test.clock.now -= 30 * 3_600_000
    }
    test.clock.now += 30 * 3_600_000
    const [first, ...others] = await read(
      data({ EndTime: atMinute(30 * 60), MetricDataQueries: [query({ MetricStat: daily })] }),
    )
    expect(first).toEqual([atMinute(0), 35 * 24])
    expect(others).toEqual([[atMinute(24 * 60), 35 * 6]])
  })

  it('is taken from those who count by themselves by how much more it is', async () => {
    let total = 5
    test.metrics.addSource(() => [{ accountId, metric: connect, total }])
    await test.passMinutes(1)
    await test.passMinutes(1)
    total = 8
    await test.passMinutes(1)
    expect(await read()).toEqual([
      [atMinute(0), 5],
      [atMinute(2), 3],
    ])
  })

  it('is kept in memory while it cannot be written, and written later', async () => {
    let isAway = true
    const { store } = test
    const transact: typeof store.transact = (work, ...more) =>
      isAway ? Promise.reject(new Error('the database is away')) : store.transact(work, ...more)
    await using metrics = test.another({ store: { transact } })
    metrics.count(accountId, connect, 4)
    await expect(metrics.flush()).rejects.toThrow('away')
    expect(await read()).toEqual([])
    isAway = false
    metrics.count(accountId, connect)
    await metrics.flush()
    expect(await read()).toEqual([[atMinute(0), 5]])
  })
})

describe('what is kept', () => {
  it('are 15 days, and no more', async () => {
    test.metrics.count(accountId, connect)
    test.metrics.count(accountId, keyOf('Old'))
    await test.passHours(24)
    test.metrics.count(accountId, connect, 2)
    const input = data({ EndTime: atMinute(60 * 24 * 20), MetricDataQueries: [query()] })
    await test.passHours(14 * 24)
    expect(await read(input)).toEqual([
      [atMinute(0), 1],
      [atMinute(60 * 24), 2],
    ])
    await test.passHours(1)
    expect(await read(input)).toEqual([[atMinute(60 * 24), 2]])
    const left = await test.store.read.selectFrom('metric_hours').select('hour').execute()
    expect(left).toHaveLength(1)
    const { Metrics } = await test.operations.ListMetrics({}, { accountId })
    expect(Metrics.map(({ MetricName }) => MetricName)).toEqual(['Connect.Success'])
  })

  it('are 4000 metrics of an account and hour; others are not counted, which is told once', async () => {
    for (let n = 0; n < 4001; n += 1)
      test.metrics.count(accountId, keyOf('TopicMatch', { RuleName: `r${n}` }))
    await test.passMinutes(1)
    test.metrics.count(accountId, keyOf('TopicMatch', { RuleName: 'r4000' }))
    test.metrics.count(accountId, keyOf('TopicMatch', { RuleName: 'r0' }))
    test.metrics.count(other, connect)
    await test.passMinutes(1)
    const kept = await test.store.read.selectFrom('metrics').select('metric').execute()
    expect(kept).toHaveLength(4001) // one of them of the other account
    expect(test.logged).toEqual(['metrics are not counted: an account has too many'])
    await test.passHours(1)
    test.metrics.count(accountId, keyOf('TopicMatch', { RuleName: 'r4000' }))
    await test.passMinutes(1)
    expect(await test.store.read.selectFrom('metrics').select('metric').execute()).toHaveLength(4002)
  })
})

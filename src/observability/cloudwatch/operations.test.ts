import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AwsError } from '../../api/aws/errors.ts'
import { keyOf } from './metric.ts'
import type { GetMetricDataInput, MetricDataQuery } from './metric-data.ts'
import type { GetMetricStatisticsInput } from './metric-statistics.ts'
import {
  accountId,
  atMinute,
  connects,
  data,
  openTestMetrics,
  other,
  query,
  start,
  type TestMetrics,
} from './testing/test-metrics.ts'

const connect = keyOf('Connect.Success', { Protocol: 'MQTT' })
const success = keyOf('Success', { RuleName: 'hot', ActionType: 'Lambda' })
const caller = { accountId }

let test: TestMetrics
beforeEach(async () => {
  test = await openTestMetrics()
  const counts = [3, 0, 1, 0, 0, 2, 5]
  for (const count of counts) {
    if (count > 0) test.metrics.count(accountId, connect, count)
    await test.passMinutes(1)
  }
  test.metrics.count(accountId, success)
})
afterEach(() => test[Symbol.asyncDispose]())

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof AwsError ? error.code : String(error)),
  )

const stat = (changes: Partial<NonNullable<MetricDataQuery['MetricStat']>>) =>
  query({ MetricStat: { ...query().MetricStat!, ...changes } })

async function values(changes: Partial<GetMetricDataInput> = {}) {
  const { MetricDataResults } = await test.operations.GetMetricData(data(changes), caller)
  return MetricDataResults.map(({ Timestamps, Values }) => Timestamps.map((at, place) => [at, Values[place]]))
}

describe('GetMetricData', () => {
  it('gives the sums of periods in which there was something, the newest first', async () => {
    const { MetricDataResults } = await test.operations.GetMetricData(
      { MetricDataQueries: [query()], StartTime: start, EndTime: atMinute(60) },
      caller,
    )
    expect(MetricDataResults).toEqual([
      {
        Id: 'a',
        Label: 'Connect.Success',
        Timestamps: [atMinute(6), atMinute(5), atMinute(2), atMinute(0)],
        Values: [5, 2, 1, 3],
        StatusCode: 'Complete',
      },
    ])
  })

  it('begins periods with the start, rounded down to the minute, and ends before the end', async () => {
    const MetricDataQueries = [stat({ Period: 180 })]
    expect(await values({ MetricDataQueries })).toEqual([
      [
        [atMinute(0), 4],
        [atMinute(3), 2],
        [atMinute(6), 5],
      ],
    ])
    const StartTime = new Date(atMinute(1).getTime() + 59_999)
    expect(await values({ MetricDataQueries, StartTime, EndTime: atMinute(6) })).toEqual([
      [
        [atMinute(1), 1],
        [atMinute(4), 2],
      ],
    ])
  })

  it.each([
    ['Sum', 3],
    ['SampleCount', 3],
    ['Average', 1],
    ['Minimum', 1],
    ['Maximum', 1],
  ])('has %s: what is counted are samples of 1', async (Stat, value) => {
    const [[first]] = (await values({ MetricDataQueries: [stat({ Stat })] })) as [[unknown]]
    expect(first).toEqual([atMinute(0), value])
  })

  it.each<[string, Partial<MetricDataQuery>]>([
    ['another namespace', stat({ Metric: { Namespace: 'AWS/SQS', ...connects } })],
    ['no namespace', stat({ Metric: connects })],
    ['another metric', stat({ Metric: { Namespace: 'AWS/IoT', ...connects, MetricName: 'Connect' } })],
    ['fewer dimensions', stat({ Metric: { Namespace: 'AWS/IoT', MetricName: 'Connect.Success' } })],
    [
      'more dimensions',
      stat({
        Metric: {
          Namespace: 'AWS/IoT',
          MetricName: 'Connect.Success',
          Dimensions: [...connects.Dimensions, { Name: 'RuleName', Value: 'x' }],
        },
      }),
    ],
    [
      'a dimension whose value looks like two',
      stat({
        Metric: {
          Namespace: 'AWS/IoT',
          MetricName: 'Success',
          Dimensions: [{ Name: 'ActionType', Value: 'Lambda&RuleName=hot' }],
        },
      }),
    ],
    ['another unit', stat({ Unit: 'Seconds' })],
  ])('has nothing for %s, as nobody counts it', async (_, asked) => {
    expect(await values({ MetricDataQueries: [query(asked)] })).toEqual([[]])
  })

  it('knows dimensions in any order', async () => {
    const Dimensions = [
      { Name: 'RuleName', Value: 'hot' },
      { Name: 'ActionType', Value: 'Lambda' },
    ]
    for (const order of [Dimensions, Dimensions.toReversed()]) {
      const Metric = { Namespace: 'AWS/IoT', MetricName: 'Success', Dimensions: order }
      expect(await values({ MetricDataQueries: [stat({ Metric, Unit: 'Count' })] })).toEqual([
        [[atMinute(7), 1]],
      ])
    }
  })

  it('shows no account what another one counts', async () => {
    const { MetricDataResults } = await test.operations.GetMetricData(data(), { accountId: other })
    expect(MetricDataResults[0]?.Values).toEqual([])
  })

  it('leaves out what is not to be returned, and keeps labels', async () => {
    const MetricDataQueries = [query({ ReturnData: false }), { ...query(), Id: 'b', Label: 'came in' }]
    const { MetricDataResults } = await test.operations.GetMetricData(data({ MetricDataQueries }), caller)
    expect(MetricDataResults.map(({ Id, Label }) => [Id, Label])).toEqual([['b', 'came in']])
  })

  it('gives pages of as many values as are wanted, also in the midst of a metric', async () => {
    const MetricDataQueries = [query(), { ...stat({ Stat: 'SampleCount' }), Id: 'b' }]
    const pages: unknown[] = []
    let NextToken: string | undefined
    do {
      const input = data({ MetricDataQueries, MaxDatapoints: 3, ...(NextToken && { NextToken }) })
      const page = await test.operations.GetMetricData(input, caller)
      pages.push(page.MetricDataResults.map(({ Id, Values, StatusCode }) => [Id, Values, StatusCode]))
      NextToken = page.NextToken
    } while (NextToken !== undefined && pages.length < 9)
    expect(pages).toEqual([
      [['a', [3, 1, 2], 'PartialData']],
      [
        ['a', [5], 'Complete'],
        ['b', [3, 1], 'PartialData'],
      ],
      [['b', [2, 5], 'Complete']],
    ])
  })

  it.each<[string, string, Partial<GetMetricDataInput>]>([
    ['no query', 'InvalidParameterValue', { MetricDataQueries: [] }],
    [
      '501 queries',
      'InvalidParameterValue',
      { MetricDataQueries: Array.from({ length: 501 }, (_, n) => ({ ...query(), Id: `q${n}` })) },
    ],
    ['two queries of one id', 'InvalidParameterValue', { MetricDataQueries: [query(), query()] }],
    [
      'an id that begins with a capital',
      'InvalidParameterValue',
      { MetricDataQueries: [query({ Id: 'A' })] },
    ],
    ['an id with a dash', 'InvalidParameterValue', { MetricDataQueries: [query({ Id: 'a-b' })] }],
    ['an end before the start', 'InvalidParameterValue', { StartTime: atMinute(1), EndTime: start }],
    ['an end that is the start', 'InvalidParameterValue', { EndTime: start }],
    ['a period of 10 seconds', 'InvalidParameterValue', { MetricDataQueries: [stat({ Period: 10 })] }],
    ['a period of 90 seconds', 'InvalidParameterValue', { MetricDataQueries: [stat({ Period: 90 })] }],
    ['a percentile', 'InvalidParameterValue', { MetricDataQueries: [stat({ Stat: 'p99' })] }],
    ['a statistic in small letters', 'InvalidParameterValue', { MetricDataQueries: [stat({ Stat: 'sum' })] }],
    [
      'an expression',
      'NotImplementedException',
      { MetricDataQueries: [query(), { Id: 'b', Expression: 'a * 2' }] },
    ],
    [
      'a query of Metrics Insights',
      'NotImplementedException',
      { MetricDataQueries: [{ Id: 'b', Expression: 'SELECT SUM("Connect.Success") FROM "AWS/IoT"' }] },
    ],
    ['neither metric nor expression', 'InvalidParameterValue', { MetricDataQueries: [{ Id: 'b' }] }],
    ['another account', 'InvalidParameterValue', { MetricDataQueries: [query({ AccountId: other })] }],
    ['a token of its own making', 'InvalidNextToken', { NextToken: 'next' }],
    ['the token of another question', 'InvalidNextToken', { NextToken: '1.0' }],
  ])('refuses %s', async (_, code, changes) => {
    expect(await codeOf(test.operations.GetMetricData(data(changes), caller))).toBe(code)
  })
})

const statistics = (changes: Partial<GetMetricStatisticsInput> = {}): GetMetricStatisticsInput => ({
  Namespace: 'AWS/IoT',
  ...connects,
  StartTime: start,
  EndTime: atMinute(60),
  Period: 300,
  Statistics: ['Sum', 'Maximum'],
  ...changes,
})

describe('GetMetricStatistics', () => {
  it('gives the statistics that are asked for', async () => {
    expect(await test.operations.GetMetricStatistics(statistics(), caller)).toEqual({
      Label: 'Connect.Success',
      Datapoints: [
        { Timestamp: atMinute(0), Sum: 4, Maximum: 1, Unit: 'Count' },
        { Timestamp: atMinute(5), Sum: 7, Maximum: 1, Unit: 'Count' },
      ],
    })
  })

  it.each<[string, string, Partial<GetMetricStatisticsInput>]>([
    ['percentiles', 'InvalidParameterValue', { ExtendedStatistics: ['p99'] }],
    ['no statistics', 'MissingParameter', { Statistics: undefined as never }],
    ['an end before the start', 'InvalidParameterValue', { EndTime: new Date(0) }],
    ['a period of a second', 'InvalidParameterValue', { Period: 1 }],
    ['1441 values', 'InvalidParameterCombination', { Period: 60, EndTime: atMinute(1441) }],
  ])('refuses %s', async (_, code, changes) => {
    expect(await codeOf(test.operations.GetMetricStatistics(statistics(changes), caller))).toBe(code)
  })

  it('takes 1440 values', async () => {
    const input = statistics({ Period: 60, EndTime: atMinute(1440) })
    expect((await test.operations.GetMetricStatistics(input, caller)).Datapoints).toHaveLength(4)
  })
})

describe('ListMetrics', () => {
  const list = async (input: object, account = accountId) =>
    (await test.operations.ListMetrics(input, { accountId: account })).Metrics.map(
      ({ MetricName, Dimensions }) =>
        [MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(' '),
    )

  const all = ['Connect.Success Protocol=MQTT', 'Success ActionType=Lambda RuleName=hot']

  it.each<[string, object, string[]]>([
    ['everything', {}, all],
    ['a namespace', { Namespace: 'AWS/IoT' }, all],
    ['a name', { MetricName: 'Success' }, all.slice(1)],
    ['a dimension', { Dimensions: [{ Name: 'RuleName' }] }, all.slice(1)],
    [
      'values of dimensions',
      { Dimensions: [{ Name: 'RuleName', Value: 'hot' }, { Name: 'ActionType' }] },
      all.slice(1),
    ],
    ['another namespace', { Namespace: 'AWS/SQS' }, []],
    ['the beginning of a name', { MetricName: 'Connect' }, []],
    ['another value', { Dimensions: [{ Name: 'RuleName', Value: 'cold' }] }, []],
    [
      'a dimension that it has, and one that it has not',
      { Dimensions: [{ Name: 'RuleName' }, { Name: 'Protocol' }] },
      [],
    ],
  ])('finds by %s', async (_, input, found) => {
    expect(await list(input)).toEqual(found)
  })

  it('finds what was counted in the last three hours, where that is asked for', async () => {
    await test.passHours(3)
    test.metrics.count(accountId, success)
    await test.passHours(1)
    expect(await list({ RecentlyActive: 'PT3H' })).toEqual(all.slice(1))
    expect(await list({})).toEqual(all)
  })

  it('shows no account what others count', async () => {
    expect(await list({}, other)).toEqual([])
  })

  it('comes in pages', async () => {
    for (let n = 0; n < 600; n += 1)
      test.metrics.count(accountId, keyOf('TopicMatch', { RuleName: `rule${n}` }))
    const MetricName = 'TopicMatch'
    const first = await test.operations.ListMetrics({ MetricName }, caller)
    const second = await test.operations.ListMetrics({ MetricName, NextToken: first.NextToken! }, caller)
    expect([first.Metrics.length, second.Metrics.length, second.NextToken]).toEqual([500, 100, undefined])
  })

  it.each<[string, object]>([
    ['a token of its own making', { NextToken: '!' }],
    ['linked accounts', { IncludeLinkedAccounts: true }],
    ['another account', { OwningAccount: other }],
  ])('refuses %s', async (_, input) => {
    expect(await codeOf(test.operations.ListMetrics(input, caller))).toBe('InvalidParameterValue')
  })
})

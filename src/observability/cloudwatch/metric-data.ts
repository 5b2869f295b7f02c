/** GetMetricData. Source: Amazon CloudWatch API Reference, "GetMetricData". */
import { AwsError } from '../../api/aws/errors.ts'
import { inPieces } from '../../lib/turn-of-others.ts'
import { isStatistic, valueOf, type Datapoint, type Statistic } from './datapoints.ts'
import { checkQuestion, invalid, readDatapoints, type NamedMetric, type ReadDeps } from './read-datapoints.ts'

export interface MetricDataQuery {
  Id: string
  MetricStat?: { Metric: NamedMetric; Period: number; Stat: string; Unit?: string }
  Expression?: string
  Label?: string
  ReturnData?: boolean
  AccountId?: string
}

export interface GetMetricDataInput {
  MetricDataQueries: readonly MetricDataQuery[]
  StartTime: Date
  EndTime: Date
  NextToken?: string
  ScanBy?: string
  MaxDatapoints?: number
}

export interface MetricDataResult {
  Id: string
  Label: string
  Timestamps: Date[]
  Values: number[]
  StatusCode: 'Complete' | 'PartialData'
}

const maxQueries = 500
/** Of one page: as many as AWS gives. */
const maxDatapoints = 100_800

/** Where a page begins: which query, and how many of its values were given before. */
interface Place {
  query: number
  given: number
}

type Asked = MetricDataQuery & {
  MetricStat: { Stat: Statistic } & NonNullable<MetricDataQuery['MetricStat']>
}

export async function getMetricData(deps: ReadDeps, accountId: string, input: GetMetricDataInput) {
  const queries = checkQueries(input, accountId)
  const { StartTime: start, EndTime: end, ScanBy, MaxDatapoints = maxDatapoints } = input
  let place: Place | undefined = readPlace(input.NextToken, queries.length)
  let room = Math.min(MaxDatapoints, maxDatapoints)
  const MetricDataResults: MetricDataResult[] = []
  const pause = inPieces()
  while (place && room > 0) {
    const query: Asked | undefined = queries[place.query]
    if (!query) break
    await pause()
    const { Metric: metric, Period: periodSeconds, Unit: unit } = query.MetricStat
    const found = await readDatapoints(deps, { accountId, metric, start, end, periodSeconds, unit })
    const ordered = ScanBy === 'TimestampAscending' ? found : found.toReversed()
    const given = ordered.slice(place.given, place.given + room)
    const isWhole = place.given + given.length >= ordered.length
    MetricDataResults.push(toResult(query, given, isWhole))
    room -= given.length
    if (!isWhole) place = { query: place.query, given: place.given + given.length }
    else place = place.query + 1 < queries.length ? { query: place.query + 1, given: 0 } : undefined
  }
  return { MetricDataResults, ...(place && { NextToken: `${place.query}.${place.given}` }) }
}

function toResult(query: Asked, datapoints: readonly Datapoint[], isWhole: boolean): MetricDataResult {
  const { Id, Label, MetricStat } = query
  return {
    Id,
    Label: Label ?? MetricStat.Metric.MetricName ?? Id,
    Timestamps: datapoints.map(({ at }) => at),
    Values: datapoints.map((datapoint) => valueOf(MetricStat.Stat, datapoint)),
    StatusCode: isWhole ? 'Complete' : 'PartialData',
  }
}

/** Those whose values are asked for. @throws {AwsError} */
function checkQueries(
  { MetricDataQueries: queries, StartTime: start, EndTime: end }: GetMetricDataInput,
  accountId: string,
): Asked[] {
  if (queries.length === 0 || queries.length > maxQueries)
    throw invalid(`MetricDataQueries must hold 1 to ${maxQueries} queries, got ${queries.length}.`)
  const ids = new Set<string>()
  const asked = queries.map((query) => {
    if (!/^[a-z]\w*$/.test(query.Id))
      throw invalid(
        `The value ${query.Id} for parameter Id must be letters, numbers, and underscores, after a small letter.`,
      )
    if (ids.has(query.Id)) throw invalid(`The values for parameter Id must differ, got ${query.Id} twice.`)
    ids.add(query.Id)
    const known = checkQuery(query, accountId)
    checkQuestion({ start, end, periodSeconds: known.MetricStat.Period })
    return known
  })
  return asked.filter(({ ReturnData = true }) => ReturnData)
}

function checkQuery(query: MetricDataQuery, accountId: string): Asked {
  const { Id, MetricStat, Expression, AccountId = accountId } = query
  if (Expression !== undefined)
    throw new AwsError(
      'NotImplementedException',
      `Muster does not offer expressions: the query ${Id} must have MetricStat in place of Expression`,
    )
  if (AccountId !== accountId)
    throw invalid(
      `The query ${Id} names the account ${AccountId}: Muster shows each account its own metrics alone.`,
    )
  if (!MetricStat) throw invalid(`The query ${Id} must have MetricStat.`)
  const { Stat } = MetricStat
  if (!isStatistic(Stat))
    throw invalid(
      `The value ${Stat} for parameter Stat is not supported: Muster has SampleCount, Average, Sum, Minimum, and Maximum.`,
    )
  return { ...query, MetricStat: { ...MetricStat, Stat } }
}

function readPlace(token: string | undefined, queries: number): Place {
  if (token === undefined) return { query: 0, given: 0 }
  const [, query, given] = /^(\d{1,3})\.(\d{1,9})$/.exec(token) ?? []
  if (query === undefined || Number(query) >= queries)
    throw new AwsError(
      'InvalidNextToken',
      'NextToken is not one that this server gave out for these queries.',
    )
  return { query: Number(query), given: Number(given) }
}

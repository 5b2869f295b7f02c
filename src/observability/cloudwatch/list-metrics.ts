/** ListMetrics. Source: Amazon CloudWatch API Reference, "ListMetrics". */
import { AwsError } from '../../api/aws/errors.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'
import { hourOf, minuteOf } from './hours.ts'
import { namespace, parseKey, prefixOf, type Dimension, type Metric } from './metric.ts'
import { invalid, type ReadDeps } from './read-datapoints.ts'
import { listMetrics as readMetrics } from './store.ts'

export interface ListMetricsInput {
  Namespace?: string
  MetricName?: string
  Dimensions?: readonly DimensionFilter[]
  RecentlyActive?: string
  NextToken?: string
  IncludeLinkedAccounts?: boolean
  OwningAccount?: string
}

interface DimensionFilter {
  Name: string
  Value?: string
}

/** Looked at for one page, whether they are asked for or not: as many as AWS shows on one. */
const pageSize = 500
const recentHours = 3

export async function listMetrics({ store, now }: ReadDeps, accountId: string, input: ListMetricsInput) {
  const { Namespace = namespace, MetricName, Dimensions = [], RecentlyActive } = input
  if (input.IncludeLinkedAccounts || (input.OwningAccount ?? accountId) !== accountId)
    throw invalid('Muster shows each account its own metrics alone.')
  const after = readToken(input.NextToken)
  if (Namespace !== namespace) return { Metrics: [] }
  const prefix = MetricName === undefined ? '' : prefixOf(MetricName)
  const found = await readMetrics(store.read, { accountId, prefix, after, limit: pageSize })
  const newest = RecentlyActive === undefined ? 0 : hourOf(minuteOf(now())) - recentHours
  const shown = found
    .filter(({ lastHour }) => lastHour >= newest)
    .map(({ metric }) => parseKey(metric))
    .filter((metric) => Dimensions.every((filter) => hasDimension(metric, filter)))
  const last = found.length === pageSize ? found.at(-1) : undefined
  return {
    Metrics: shown.map(({ name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: dimensions as Dimension[],
    })),
    ...(last && { NextToken: encodeMarker(last.metric) }),
  }
}

const hasDimension = ({ dimensions }: Metric, { Name, Value }: DimensionFilter): boolean =>
  dimensions.some((one) => one.Name === Name && (Value === undefined || one.Value === Value))

function readToken(token: string | undefined): string | undefined {
  try {
    return decodeMarker(token)
  } catch {
    throw new AwsError('InvalidParameterValue', 'NextToken is not one that this server gave out.')
  }
}

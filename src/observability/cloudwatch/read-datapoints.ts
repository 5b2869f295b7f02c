import { AwsError } from '../../api/aws/errors.ts'
import type { Store } from '../../store/index.ts'
import { keptHours } from './counted-metrics.ts'
import { toDatapoints, toRange, type Datapoint } from './datapoints.ts'
import { hourOf, minuteOf } from './hours.ts'
import { keyOf, namespace, type Dimension } from './metric.ts'
import { listCounts } from './store.ts'

/** A metric as callers name it. */
export interface NamedMetric {
  Namespace?: string
  MetricName?: string
  Dimensions?: readonly Dimension[]
}

export interface DatapointsQuestion {
  accountId: string
  metric: NamedMetric
  start: Date
  end: Date
  periodSeconds: number
  /** Of AWS; nothing is counted in another than `Count`. */
  unit: string | undefined
}

export interface ReadDeps {
  store: Pick<Store, 'read'>
  now: () => Date
}

/** None for a metric that nobody knows, as on AWS. */
export async function readDatapoints(
  { store, now }: ReadDeps,
  { accountId, metric, unit, ...asked }: DatapointsQuestion,
): Promise<Datapoint[]> {
  const { Namespace, MetricName = '', Dimensions = [] } = metric
  if (Namespace !== namespace || (unit !== undefined && unit !== countUnit)) return []
  const range = toRange(asked.start, asked.end, asked.periodSeconds)
  const hour = hourOf(minuteOf(now()))
  const names = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))
  const counts = await listCounts(store.read, {
    accountId,
    metric: keyOf(MetricName, names),
    from: Math.max(hourOf(range.from), hour - keptHours),
    to: Math.min(hourOf(range.to), hour),
  })
  return toDatapoints(counts, range)
}

/** assumed: AWS does not say which unit metrics of AWS IoT have. */
export const countUnit = 'Count'

/** @throws {AwsError} unless the question can be answered by sums of minutes */
export function checkQuestion({
  start,
  end,
  periodSeconds,
}: Pick<DatapointsQuestion, 'start' | 'end' | 'periodSeconds'>): void {
  if (start >= end) throw invalid('The parameter StartTime must be less than the parameter EndTime.')
  if (periodSeconds % 60 !== 0)
    throw invalid(
      `The parameter Period must be a multiple of 60, got ${periodSeconds}: Muster counts by the minute.`,
    )
}

export const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', message)

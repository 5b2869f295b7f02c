/** GetMetricStatistics. Source: Amazon CloudWatch API Reference, "GetMetricStatistics". */
import { AwsError } from '../../api/aws/errors.ts'
import { toRange, valueOf, type Statistic } from './datapoints.ts'
import {
  checkQuestion,
  countUnit,
  invalid,
  readDatapoints,
  type NamedMetric,
  type ReadDeps,
} from './read-datapoints.ts'

export interface GetMetricStatisticsInput
  extends Required<Omit<NamedMetric, 'Dimensions'>>, Pick<NamedMetric, 'Dimensions'> {
  StartTime: Date
  EndTime: Date
  Period: number
  Statistics?: readonly Statistic[]
  ExtendedStatistics?: readonly string[]
  Unit?: string
}

const maxDatapoints = 1440

export async function getMetricStatistics(
  deps: ReadDeps,
  accountId: string,
  input: GetMetricStatisticsInput,
) {
  const { StartTime: start, EndTime: end, Period: periodSeconds, Statistics, Unit: unit } = input
  if (input.ExtendedStatistics)
    throw invalid(
      'ExtendedStatistics are not supported: Muster has SampleCount, Average, Sum, Minimum, and Maximum.',
    )
  if (!Statistics)
    throw new AwsError('MissingParameter', 'The request must contain the parameter Statistics.')
  checkQuestion({ start, end, periodSeconds })
  checkCount(toRange(start, end, periodSeconds))
  const found = await readDatapoints(deps, { accountId, metric: input, start, end, periodSeconds, unit })
  return {
    Label: input.MetricName,
    Datapoints: found.map((datapoint) => ({
      Timestamp: datapoint.at,
      ...Object.fromEntries(Statistics.map((statistic) => [statistic, valueOf(statistic, datapoint)])),
      Unit: countUnit,
    })),
  }
}

function checkCount({ from, to, period }: ReturnType<typeof toRange>): void {
  const datapoints = Math.ceil((to - from) / period)
  if (datapoints <= maxDatapoints) return
  throw new AwsError(
    'InvalidParameterCombination',
    `You have requested up to ${datapoints} datapoints, which exceeds the limit of ${maxDatapoints}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
  )
}

/** What CloudWatch tells of AWS/IoT, read by an older SDK, which speaks the query protocol. */
import AWS from 'aws-sdk'
import type { TestServer } from './server.ts'

export const olderCloudWatch = (
  { endpoints, rootKey }: Pick<TestServer, 'endpoints' | 'rootKey'>,
  credentials = rootKey,
) =>
  new AWS.CloudWatch({
    endpoint: endpoints.apiUrl,
    region: endpoints.region,
    credentials,
    maxRetries: 0,
  })

/** A whole hour before the first thing happened. */
const before = new Date(Date.now() - 3_600_000)

export const untilNow = () => ({ StartTime: before, EndTime: new Date(Date.now() + 60_000) })

/** By their dimensions. */
export async function sumsOf(
  server: Pick<TestServer, 'endpoints' | 'rootKey'>,
  MetricName: string,
): Promise<Record<string, number>> {
  const client = olderCloudWatch(server)
  const { Metrics = [] } = await client.listMetrics({ Namespace: 'AWS/IoT', MetricName }).promise()
  const sums = Metrics.map(async ({ Dimensions = [] }) => {
    const question = { Namespace: 'AWS/IoT', MetricName, Dimensions, ...untilNow() }
    const { Datapoints = [] } = await client
      .getMetricStatistics({ ...question, Period: 7200, Statistics: ['Sum'] })
      .promise()
    const name = Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(' ')
    return [name, Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0)] as const
  })
  return Object.fromEntries(await Promise.all(sums))
}

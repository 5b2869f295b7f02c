/** What is offered of CloudWatch: to read what Muster counts. Source: Amazon CloudWatch API Reference. */
import type { CallContext } from '../../api/aws/operations.ts'
import type { CountedMetrics } from './counted-metrics.ts'
import { listMetrics, type ListMetricsInput } from './list-metrics.ts'
import { getMetricData, type GetMetricDataInput } from './metric-data.ts'
import { getMetricStatistics, type GetMetricStatisticsInput } from './metric-statistics.ts'
import type { ReadDeps } from './read-datapoints.ts'

export interface CloudWatchOperationsDeps extends ReadDeps {
  countedMetrics: Pick<CountedMetrics, 'flushAll'>
}

type Asked = Pick<CallContext, 'accountId'>

/** They see also what was counted a moment ago, at whichever node. */
export function cloudWatchOperations({ countedMetrics, ...deps }: CloudWatchOperationsDeps) {
  return {
    async GetMetricData(input: GetMetricDataInput, { accountId }: Asked) {
      await countedMetrics.flushAll()
      return getMetricData(deps, accountId, input)
    },
    async GetMetricStatistics(input: GetMetricStatisticsInput, { accountId }: Asked) {
      await countedMetrics.flushAll()
      return getMetricStatistics(deps, accountId, input)
    },
    async ListMetrics(input: ListMetricsInput, { accountId }: Asked) {
      await countedMetrics.flushAll()
      return listMetrics(deps, accountId, input)
    },
  }
}

const ofAll = () => ({ resources: ['*'] })

/** Source: Service Authorization Reference, "Amazon CloudWatch": none of them names a resource. */
export const cloudWatchPermissions = { GetMetricData: ofAll, GetMetricStatistics: ofAll, ListMetrics: ofAll }

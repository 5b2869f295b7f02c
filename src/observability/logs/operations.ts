import type * as CloudWatchLogs from '@aws-sdk/client-cloudwatch-logs'
import type { Operations } from '../../api/aws/operations.ts'
import { eventsOperations } from './events-operations.ts'
import { groupsOperations, type LogsDeps } from './groups-operations.ts'
import { streamsOperations } from './streams-operations.ts'
import { tagsOperations } from './tags-operations.ts'

export function logsOperations(deps: LogsDeps) {
  return {
    ...groupsOperations(deps),
    ...streamsOperations(deps),
    ...eventsOperations(deps),
    ...tagsOperations(deps),
  } satisfies Partial<Operations<typeof CloudWatchLogs>>
}

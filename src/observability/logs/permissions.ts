import type * as CloudWatchLogs from '@aws-sdk/client-cloudwatch-logs'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { groupNameInArn, logGroupArn, logStreamArn } from './log-group.ts'

interface OnGroup {
  logGroupName?: string | undefined
  logGroupIdentifier?: string | undefined
}

/** AWS asks about `log-group:<name>:log-stream:`, so that policies on `log-group:<name>:*` allow it. */
const onGroup = ({ logGroupName, logGroupIdentifier = '' }: OnGroup, scope: ArnScope) => ({
  resources: [
    logStreamArn(scope, logGroupName ?? groupNameInArn(logGroupIdentifier, scope) ?? logGroupIdentifier, ''),
  ],
})

const onStream = (input: OnGroup & { logStreamName: string }, scope: ArnScope) => ({
  resources: onGroup(input, scope).resources.map((arn) => arn + input.logStreamName),
})

/** A group's ARN may end in `:*`, and is the same group. */
function onResource({ resourceArn }: { resourceArn: string }, scope: ArnScope) {
  const name = groupNameInArn(resourceArn, scope)
  return { resources: [name === undefined ? resourceArn : logGroupArn(scope, name)] }
}

export const logsPermissions = {
  CreateLogGroup: onGroup,
  DeleteLogGroup: onGroup,
  DescribeLogGroups: ({ logGroupNamePrefix = '' }, scope) =>
    onGroup({ logGroupName: logGroupNamePrefix }, scope),
  PutRetentionPolicy: onGroup,
  DeleteRetentionPolicy: onGroup,
  PutLogGroupDeletionProtection: onGroup,
  CreateLogStream: onStream,
  DeleteLogStream: onStream,
  DescribeLogStreams: onGroup,
  PutLogEvents: onStream,
  GetLogEvents: onStream,
  FilterLogEvents: onGroup,
  TagResource: onResource,
  UntagResource: onResource,
  ListTagsForResource: onResource,
  TagLogGroup: onGroup,
  UntagLogGroup: onGroup,
  ListTagsLogGroup: onGroup,
} satisfies Partial<Permissions<typeof CloudWatchLogs>>

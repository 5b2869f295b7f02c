/** Source: AWS IoT Developer Guide, "CloudWatch Logs". */
import type { CloudwatchLogsAction } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import { formatArn } from '../../lib/arn.ts'
import { ActionFailure } from './action-failure.ts'
import type { ActionScope, Execution, PreparedAction } from './action.ts'
import { parseField } from './field.ts'
import { checkRoleAllows } from './service-role.ts'

const groupNamePattern = /^[.\-_/#A-Za-z0-9]{1,512}$/

interface LogEvent {
  timestamp: Date
  message: string
}

/** @throws {AwsError} `InvalidRequestException` */
export function prepareCloudwatchLogs(action: CloudwatchLogsAction, scope: ActionScope): PreparedAction {
  const { roleArn = '', logGroupName = '', batchMode = false } = action
  const field = parseField(logGroupName, 'logGroupName', scope)
  if (field.literal !== undefined && !groupNamePattern.test(field.literal))
    throw iotError(
      'InvalidRequestException',
      `${scope.place}.logGroupName must match ${groupNamePattern.source}; it is "${field.literal}"`,
    )
  return {
    name: 'CloudwatchLogsAction',
    roleArn,
    aim(execution, deps) {
      const group = field.fill(execution.message)
      const { rule } = execution
      const { accountId, ruleName } = rule
      const deliver = async () => {
        if (!groupNamePattern.test(group))
          throw new ActionFailure(`a log group cannot be named "${group.slice(0, 100)}"`)
        const events = batchMode
          ? readBatch(execution)
          : [{ timestamp: deps.now(), message: Buffer.from(execution.output).toString() }]
        const arn = formatArn({
          service: 'logs',
          region: deps.region,
          accountId,
          resource: `log-group:${group}:log-stream:${ruleName}`,
        })
        await checkRoleAllows(deps, { rule, roleArn }, [
          ['logs:CreateLogStream', arn],
          ['logs:PutLogEvents', arn],
        ])
        // assumed: the stream has the rule's name; the group is made when it is missing
        deps.logs.append({ accountId, logGroupName: group, logStreamName: ruleName, events })
      }
      return { label: 'LogGroupName', resource: group, deliver }
    },
  }
}

/** In batch mode the output is a JSON array of objects with a timestamp in epoch milliseconds and a message. */
function readBatch({ output, isJson }: Execution): LogEvent[] {
  const items: unknown = isJson ? JSON.parse(Buffer.from(output).toString()) : undefined
  if (!Array.isArray(items)) throw new ActionFailure('with batchMode the output must be a JSON array')
  return items.map((item: unknown, index) => {
    const { timestamp, message } = (item ?? {}) as Record<string, unknown>
    const at = new Date(typeof timestamp === 'number' ? timestamp : Number.NaN)
    if (typeof message !== 'string' || Number.isNaN(at.getTime()))
      throw new ActionFailure(
        `item ${index} of the output must have a timestamp in milliseconds and a message, as text`,
      )
    return { timestamp: at, message }
  })
}

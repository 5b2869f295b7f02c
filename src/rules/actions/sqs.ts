/** Source: AWS IoT Developer Guide, "SQS"; Amazon SQS API Reference, "SendMessage". */
import type { SqsAction } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import { formatArn } from '../../lib/arn.ts'
import { ActionFailure } from './action-failure.ts'
import type { ActionScope, PreparedAction } from './action.ts'
import { callEndpoint } from './aws-endpoints.ts'
import { parseField } from './field.ts'
import { checkRoleAllows } from './service-role.ts'

/** @throws {AwsError} `InvalidRequestException` */
export function prepareSqs(action: SqsAction, scope: ActionScope): PreparedAction {
  const { roleArn = '', queueUrl = '', useBase64 = false } = action
  const field = parseField(queueUrl, 'queueUrl', scope)
  if (field.literal !== undefined && !readQueueUrl(field.literal))
    throw iotError(
      'InvalidRequestException',
      `${scope.place}.queueUrl must end in an account and a queue name; it is "${field.literal}"`,
    )
  return {
    name: 'SqsAction',
    roleArn,
    aim({ rule, message, output }, deps) {
      const url = field.fill(message)
      const { accountId } = rule
      const deliver = async () => {
        const queue = readQueueUrl(url)
        if (!queue) throw new ActionFailure(`the queue URL must end in an account and a queue name`)
        const arn = formatArn({
          service: 'sqs',
          region: deps.region,
          accountId: /^\d{12}$/.test(queue.owner) ? queue.owner : accountId,
          resource: queue.name,
        })
        await checkRoleAllows(deps, { rule, roleArn }, [['sqs:SendMessage', arn]])
        const body = Buffer.from(output).toString(useBase64 ? 'base64' : 'utf8')
        await callEndpoint(deps, {
          service: 'sqs',
          method: 'POST',
          path: '/',
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-target': 'AmazonSQS.SendMessage',
          },
          body: Buffer.from(JSON.stringify({ QueueUrl: url, MessageBody: body })),
        })
      }
      return { label: 'QueueUrl', resource: url, deliver }
    },
  }
}

/** `https://<host>/<account>/<queue name>` */
function readQueueUrl(text: string): { owner: string; name: string } | undefined {
  const [, owner, name] = /^https?:\/\/[^/]+\/(?:.*\/)?([^/]+)\/([\w-]{1,80})$/.exec(text) ?? []
  return owner !== undefined && name !== undefined ? { owner, name } : undefined
}

import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type * as Logs from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, it } from 'vitest'
import { iotError } from '../aws/errors.ts'
import type { Operations } from '../aws/operations.ts'
import { clientConfig, offer, startTestHttp } from './testing/test-server.ts'

const at = new Date('2026-01-02T03:04:05.678Z')

describe('json', () => {
  it('carries bodies to the handler and back, and errors with their type', async () => {
    const inputs: unknown[] = []
    await using server = await startTestHttp({
      services: {
        logs: offer({
          async CreateLogGroup(input) {
            inputs.push(input)
            throw iotError('ResourceAlreadyExistsException', 'The specified log group already exists')
          },
          async DescribeLogGroups(input) {
            inputs.push(input)
            return { logGroups: [{ logGroupName: 'g', creationTime: at.getTime() }] }
          },
        } satisfies Partial<Operations<typeof Logs>>),
      },
    })
    const logs = new CloudWatchLogsClient(clientConfig(server))
    await expect(
      logs.send(new CreateLogGroupCommand({ logGroupName: 'g', tags: { a: 'b' } })),
    ).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      $metadata: { httpStatusCode: 400 },
    })
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ limit: 3 }))
    expect(logGroups).toEqual([{ logGroupName: 'g', creationTime: at.getTime() }])
    await expect(logs.send(new DescribeLogGroupsCommand({ limit: 51 }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(
        "Value '51' at 'limit' failed to satisfy constraint: Member must have value less",
      ),
    })
    expect(inputs).toEqual([{ logGroupName: 'g', tags: { a: 'b' } }, { limit: 3 }])
  })
})

import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
  PutLogEventsCommand,
  PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
  type FilterLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, openTestLogs, start } from './testing/test-logs.ts'

let account: Awaited<ReturnType<typeof openTestLogs>>

beforeEach(async () => {
  account = await openTestLogs()
})
afterEach(() => account[Symbol.asyncDispose]())

const groupArn = (name: string) => `arn:aws:logs:us-east-1:${accountId}:log-group:${name}`
const group = (logGroupName: string) => account.client.send(new CreateLogGroupCommand({ logGroupName }))
async function stream(logGroupName: string, ...names: string[]) {
  for (const logStreamName of names)
    await account.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
}
const at = (ms: number) => start.getTime() + ms
const put = (logStreamName: string, ...events: [number, string][]) =>
  account.client.send(
    new PutLogEventsCommand({
      logGroupName: 'g',
      logStreamName,
      logEvents: events.map(([ms, message]) => ({ timestamp: at(ms), message })),
    }),
  )
const filter = (input: Omit<FilterLogEventsCommandInput, 'logGroupName'> = {}) =>
  account.client.send(new FilterLogEventsCommand({ logGroupName: 'g', ...input }))
const messages = (output: { events?: { message?: string | undefined }[] | undefined }) =>
  output.events?.map(({ message }) => message)

const refused = (name: string, message?: string) =>
  expect.objectContaining({
    name,
    ...(message !== undefined && { message: expect.stringContaining(message) }),
  })

describe('log groups', () => {
  it('are made, described, and deleted as Terraform does it', async () => {
    await account.client.send(
      new CreateLogGroupCommand({ logGroupName: '/aws/lambda/f', tags: { team: 'a' } }),
    )
    await account.client.send(
      new PutRetentionPolicyCommand({ logGroupName: '/aws/lambda/f', retentionInDays: 7 }),
    )
    const described = new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/f' })
    const { logGroups } = await account.client.send(described)
    expect(logGroups).toEqual([
      {
        logGroupName: '/aws/lambda/f',
        arn: `${groupArn('/aws/lambda/f')}:*`,
        logGroupArn: groupArn('/aws/lambda/f'),
        creationTime: start.getTime(),
        retentionInDays: 7,
        storedBytes: 0,
        metricFilterCount: 0,
        logGroupClass: 'STANDARD',
        deletionProtectionEnabled: false,
      },
    ])
    await account.client.send(new DeleteRetentionPolicyCommand({ logGroupName: '/aws/lambda/f' }))
    const changed = await account.client.send(described)
    expect(changed.logGroups?.[0]).not.toHaveProperty('retentionInDays')
    await account.client.send(new DeleteLogGroupCommand({ logGroupName: '/aws/lambda/f' }))
    expect((await account.client.send(described)).logGroups).toEqual([])
  })

  it('come in pages by name, and by substring with little told', async () => {
    for (const name of ['b', 'ab', 'a', 'c', 'abc']) await group(name)
    const pages: (string | undefined)[][] = []
    for await (const page of paginateDescribeLogGroups({ client: account.client, pageSize: 2 }, {}))
      pages.push((page.logGroups ?? []).map((one) => one.logGroupName))
    expect(pages).toEqual([['a', 'ab'], ['abc', 'b'], ['c']])
    const found = await account.client.send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'b' }))
    expect(found.logGroups?.map((one) => one.logGroupName)).toEqual(['ab', 'abc', 'b'])
    expect(Object.keys(found.logGroups?.[0] ?? {}).toSorted()).toEqual([
      'arn',
      'creationTime',
      'logGroupName',
    ])
    const identified = new DescribeLogGroupsCommand({ logGroupIdentifiers: ['a', groupArn('c'), 'none'] })
    expect((await account.client.send(identified)).logGroups).toHaveLength(2)
  })

  it('of a class are those alone', async () => {
    await group('plain')
    const rare = { logGroupName: 'rare', logGroupClass: 'INFREQUENT_ACCESS' } as const
    await account.client.send(new CreateLogGroupCommand(rare))
    for (const [logGroupClass, expected] of [
      ['INFREQUENT_ACCESS', ['rare']],
      ['STANDARD', ['plain']],
      ['DELIVERY', []],
    ] as const) {
      const { logGroups } = await account.client.send(new DescribeLogGroupsCommand({ logGroupClass }))
      expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(expected)
    }
  })

  it('that are protected stay until protection is taken away', async () => {
    await group('g')
    const protect = (deletionProtectionEnabled: boolean) =>
      new PutLogGroupDeletionProtectionCommand({
        logGroupIdentifier: groupArn('g'),
        deletionProtectionEnabled,
      })
    await account.client.send(protect(true))
    const remove = () => account.client.send(new DeleteLogGroupCommand({ logGroupName: 'g' }))
    await expect(remove()).rejects.toEqual(refused('ValidationException', 'protected'))
    await account.client.send(protect(false))
    await remove()
  })

  it('carry tags, by ARN and by name', async () => {
    await group('g')
    const resourceArn = groupArn('g')
    const listed = async () =>
      (await account.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags
    await account.client.send(new TagResourceCommand({ resourceArn, tags: { b: '2', a: '1' } }))
    await account.client.send(new TagLogGroupCommand({ logGroupName: 'g', tags: { a: '3', __proto__x: '' } }))
    expect(await listed()).toEqual({ a: '3', b: '2', __proto__x: '' })
    await account.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['b', 'none'] }))
    await account.client.send(new UntagLogGroupCommand({ logGroupName: 'g', tags: ['__proto__x'] }))
    expect((await account.client.send(new ListTagsLogGroupCommand({ logGroupName: 'g' }))).tags).toEqual({
      a: '3',
    })
    expect(await listed()).toEqual({ a: '3' })
  })

  it('are refused where AWS refuses them', async () => {
    await group('g')
    const { client } = account
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']))
    await client.send(new TagLogGroupCommand({ logGroupName: 'g', tags: many }))
    const missing = { logGroupName: 'none' }
    const elsewhere = `arn:aws:logs:us-east-1:999999999999:log-group:g`
    const calls: [() => Promise<unknown>, string, string?][] = [
      [() => group('g'), 'ResourceAlreadyExistsException', 'The specified log group already exists'],
      [() => group('a b'), 'InvalidParameterException', 'logGroupName'],
      [
        () => client.send(new CreateLogGroupCommand({ logGroupName: 'k', kmsKeyId: 'x' })),
        'InvalidParameterException',
      ],
      [
        () => client.send(new CreateLogGroupCommand({ logGroupName: 'k', tags: { 'aws:x': '' } })),
        'InvalidParameterException',
        'reserves',
      ],
      [
        () => client.send(new DeleteLogGroupCommand(missing)),
        'ResourceNotFoundException',
        'The specified log group does not exist.',
      ],
      [
        () => client.send(new PutRetentionPolicyCommand({ logGroupName: 'g', retentionInDays: 8 })),
        'InvalidParameterException',
        'must be one of [1, 3,',
      ],
      [
        () => client.send(new PutRetentionPolicyCommand({ ...missing, retentionInDays: 7 })),
        'ResourceNotFoundException',
      ],
      [() => client.send(new DeleteRetentionPolicyCommand(missing)), 'ResourceNotFoundException'],
      [
        () =>
          client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'a', logGroupNamePattern: 'b' })),
        'InvalidParameterException',
        'mutually exclusive',
      ],
      [
        () => client.send(new DescribeLogGroupsCommand({ nextToken: '!' })),
        'InvalidParameterException',
        'nextToken',
      ],
      [
        () => client.send(new TagLogGroupCommand({ logGroupName: 'g', tags: { one: 'more' } })),
        'TooManyTagsException',
      ],
      [
        () => client.send(new ListTagsForResourceCommand({ resourceArn: elsewhere })),
        'ResourceNotFoundException',
      ],
      [() => client.send(new ListTagsForResourceCommand({ resourceArn: 'g' })), 'ResourceNotFoundException'],
    ]
    for (const [call, name, message] of calls) await expect(call()).rejects.toEqual(refused(name, message))
  })
})

describe('log streams', () => {
  beforeEach(() => group('g'))

  it('come in pages, by name and by last event, both ways', async () => {
    await stream('g', 'a', 'b', 'c', 'd')
    await put('c', [-1000, 'x'])
    await put('a', [-3000, 'x'], [-2000, 'y'])
    const names = async (input: object) => {
      const found: (string | undefined)[] = []
      const paging = { client: account.client, pageSize: 1 }
      for await (const page of paginateDescribeLogStreams(paging, { logGroupName: 'g', ...input }))
        found.push(...(page.logStreams ?? []).map((one) => one.logStreamName))
      return found.join('')
    }
    expect(await names({})).toBe('abcd')
    expect(await names({ descending: true })).toBe('dcba')
    expect(await names({ orderBy: 'LastEventTime' })).toBe('bdac')
    expect(await names({ orderBy: 'LastEventTime', descending: true })).toBe('cadb')
    expect(await names({ logStreamNamePrefix: 'b' })).toBe('b')
  })

  it('tell of their events', async () => {
    await stream('g', 'a')
    const describeThem = new DescribeLogStreamsCommand({ logGroupIdentifier: groupArn('g') })
    const [empty] = (await account.client.send(describeThem)).logStreams ?? []
    expect(empty).not.toHaveProperty('lastEventTimestamp')
    await put('a', [-2000, 'x'], [-1000, 'y'])
    const [written] = (await account.client.send(describeThem)).logStreams ?? []
    expect(written).toEqual({
      logStreamName: 'a',
      arn: `${groupArn('g')}:log-stream:a`,
      creationTime: start.getTime(),
      firstEventTimestamp: at(-2000),
      lastEventTimestamp: at(-1000),
      lastIngestionTime: start.getTime(),
      uploadSequenceToken: expect.stringMatching(/^\d{56}$/),
      storedBytes: 0,
    })
  })

  it('take their events with them when deleted, and may come back empty', async () => {
    await stream('g', 'a', 'b')
    await put('a', [0, 'of a'])
    await put('b', [0, 'of b'])
    await account.client.send(new DeleteLogStreamCommand({ logGroupName: 'g', logStreamName: 'a' }))
    expect(messages(await filter())).toEqual(['of b'])
    await stream('g', 'a')
    expect(messages(await filter())).toEqual(['of b'])
  })

  it('are refused where AWS refuses them', async () => {
    await stream('g', 'a')
    const { client } = account
    const calls: [() => Promise<unknown>, string, string?][] = [
      [() => stream('g', 'a'), 'ResourceAlreadyExistsException', 'The specified log stream already exists'],
      [() => stream('g', 'a:b'), 'InvalidParameterException', 'logStreamName'],
      [() => stream('g', 'a*'), 'InvalidParameterException', 'logStreamName'],
      [() => stream('none', 'a'), 'ResourceNotFoundException', 'log group'],
      [
        () => client.send(new DeleteLogStreamCommand({ logGroupName: 'g', logStreamName: 'z' })),
        'ResourceNotFoundException',
        'The specified log stream does not exist.',
      ],
      [
        () =>
          client.send(
            new DescribeLogStreamsCommand({
              logGroupName: 'g',
              orderBy: 'LastEventTime',
              logStreamNamePrefix: 'a',
            }),
          ),
        'InvalidParameterException',
      ],
      [() => client.send(new DescribeLogStreamsCommand({})), 'InvalidParameterException', 'Exactly one'],
      [
        () => client.send(new DescribeLogStreamsCommand({ logGroupName: 'g', nextToken: 'eA==' })),
        'InvalidParameterException',
      ],
    ]
    for (const [call, name, message] of calls) await expect(call()).rejects.toEqual(refused(name, message))
  })
})

it('asks IAM about the stream, the group with its colon, and the tagged ARN', async () => {
  const denied = refused('AccessDeniedException')
  const { client } = account
  const named = { logGroupName: 'Forbidden', logStreamName: 's' }
  await expect(client.send(new GetLogEventsCommand(named))).rejects.toEqual(denied)
  const refusal = client.send(
    new GetLogEventsCommand({ logGroupIdentifier: groupArn('Forbidden'), logStreamName: 's' }),
  )
  await expect(refusal).rejects.toEqual(
    refused('AccessDeniedException', `logs:GetLogEvents on ${groupArn('Forbidden')}:log-stream:s`),
  )
  await expect(client.send(new FilterLogEventsCommand({ logGroupName: 'Forbidden' }))).rejects.toEqual(
    refused('AccessDeniedException', `${groupArn('Forbidden')}:log-stream:`),
  )
  await expect(
    client.send(new ListTagsForResourceCommand({ resourceArn: groupArn('Forbidden') })),
  ).rejects.toEqual(denied)
})

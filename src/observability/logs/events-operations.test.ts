import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  paginateFilterLogEvents,
  paginateGetLogEvents,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
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
const day = 86_400_000

const refused = (name: string, message?: string) =>
  expect.objectContaining({
    name,
    ...(message !== undefined && { message: expect.stringContaining(message) }),
  })

describe('PutLogEvents', () => {
  beforeEach(async () => {
    await group('g')
    await stream('g', 's')
  })

  it('takes any sequence token and counts what it stores', async () => {
    const logEvents = [{ timestamp: at(0), message: 'Grüße\0\n' }]
    const given = { logGroupName: 'g', logStreamName: 's', logEvents, sequenceToken: 'whatever' }
    const output = await account.client.send(new PutLogEventsCommand(given))
    expect(output.nextSequenceToken).toMatch(/^\d{56}$/)
    expect(output).not.toHaveProperty('rejectedLogEventsInfo')
    expect(messages(await filter())).toEqual(['Grüße\0\n'])
    const { logGroups } = await account.client.send(new DescribeLogGroupsCommand({}))
    expect(logGroups?.[0]?.storedBytes).toBe(9 + 26)
  })

  it('keeps what time allows, and tells what it left out', async () => {
    const output = await put(
      's',
      [-15 * day, 'too old'],
      [-14 * day - 1, 'too old'],
      [0, 'kept'],
      [7_200_000, 'kept'],
      [7_200_001, 'too new'],
    )
    expect(output.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 2, tooNewLogEventStartIndex: 4 })
    expect(messages(await filter())).toEqual(['kept', 'kept'])
  })

  it('leaves out what the retention of the group has no room for', async () => {
    await account.client.send(new PutRetentionPolicyCommand({ logGroupName: 'g', retentionInDays: 3 }))
    const output = await put('s', [-4 * day, 'expired'], [-2 * day, 'kept'])
    expect(output.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 })
    expect(messages(await filter())).toEqual(['kept'])
  })

  it('answers when nothing at all is kept', async () => {
    const output = await put('s', [-20 * day, 'old'])
    expect(output.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 })
  })

  it.each<[string, [number, string][], string]>([
    [
      'out of order',
      [
        [1, 'a'],
        [0, 'b'],
      ],
      'chronological order',
    ],
    [
      'of more than a day',
      [
        [-day - 1, 'a'],
        [0, 'b'],
      ],
      'more than 24 hours',
    ],
    ['with an event above 256 kB', [[0, 'x'.repeat(262_119)]], '262145 bytes exceeds limit of 262144'],
    ['above 1 MB', Array.from({ length: 5 }, () => [0, 'x'.repeat(220_000)]), 'Upload too large: 1100130'],
    ['without events', [], 'logEvents'],
    ['with an empty message', [[0, '']], 'message'],
  ])('refuses a batch %s, whole', async (_, events, message) => {
    await expect(put('s', ...events)).rejects.toEqual(refused('InvalidParameterException', message))
    expect(messages(await filter())).toEqual([])
  })

  it('refuses streams and groups that are not there', async () => {
    await expect(put('none', [0, 'x'])).rejects.toEqual(refused('ResourceNotFoundException', 'log stream'))
    await account.client.send(new DeleteLogGroupCommand({ logGroupName: 'g' }))
    await expect(put('s', [0, 'x'])).rejects.toEqual(refused('ResourceNotFoundException', 'log group'))
  })
})

describe('GetLogEvents', () => {
  const get = (input: object = {}) =>
    account.client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's', ...input }))

  beforeEach(async () => {
    await group('g')
    await stream('g', 's', 'other')
    await put('s', [0, '1'], [1, '2'], [1, '3'], [2, '4'], [3, '5'])
    await put('other', [1, 'not of s'])
  })

  it('gives the latest first without startFromHead, each page in order', async () => {
    const last = await get({ limit: 2 })
    expect(messages(last)).toEqual(['4', '5'])
    const before = await get({ limit: 2, nextToken: last.nextBackwardToken })
    expect(messages(before)).toEqual(['2', '3'])
    const again = await get({ limit: 2, nextToken: before.nextForwardToken })
    expect(messages(again)).toEqual(['4', '5'])
    expect(last.events?.[0]).toEqual({ timestamp: at(2), message: '4', ingestionTime: start.getTime() })
  })

  it('ends with the token that it was given, and goes on from there when more comes', async () => {
    const all = await get({ startFromHead: true })
    expect(messages(all)).toEqual(['1', '2', '3', '4', '5'])
    const end = await get({ nextToken: all.nextForwardToken })
    expect(messages(end)).toEqual([])
    expect(end.nextForwardToken).toBe(all.nextForwardToken)
    expect(messages(await get({ nextToken: end.nextBackwardToken, limit: 1 }))).toEqual(['5'])
    const head = await get({ nextToken: all.nextBackwardToken })
    expect(head.nextBackwardToken).toBe(all.nextBackwardToken)
    expect(messages(await get({ nextToken: head.nextForwardToken, limit: 1 }))).toEqual(['1'])
    await put('s', [4, '6'])
    expect(messages(await get({ nextToken: end.nextForwardToken }))).toEqual(['6'])
  })

  it('pages through to the end with the paginator of the SDK', async () => {
    const seen: unknown[] = []
    const paging = { client: account.client, pageSize: 2, stopOnSameToken: true }
    const input = { logGroupIdentifier: groupArn('g'), logStreamName: 's', startFromHead: true }
    for await (const page of paginateGetLogEvents(paging, input)) seen.push(...(messages(page) ?? []))
    expect(seen).toEqual(['1', '2', '3', '4', '5'])
  })

  it('begins an empty stream that fills later', async () => {
    await stream('g', 'new')
    for (const startFromHead of [true, false]) {
      const empty = await get({ logStreamName: 'new', startFromHead })
      expect(messages(empty)).toEqual([])
      expect(empty.nextForwardToken).toMatch(/^f\/\d{56}\/s$/)
      expect(empty.nextBackwardToken).toMatch(/^b\/\d{56}\/s$/)
    }
    const { nextForwardToken: nextToken } = await get({ logStreamName: 'new' })
    await put('new', [9, 'x'])
    expect(messages(await get({ logStreamName: 'new', nextToken }))).toEqual(['x'])
  })

  it('keeps to the times, the end excluded', async () => {
    expect(messages(await get({ startTime: at(1), endTime: at(3) }))).toEqual(['2', '3', '4'])
  })

  it('ends a page at 1 MB', async () => {
    for (const ms of [10, 11, 12, 13, 14]) await put('s', [ms, 'x'.repeat(250_000)])
    const page = await get({ startTime: at(10), startFromHead: true })
    expect(page.events).toHaveLength(4)
    expect((await get({ startTime: at(10), nextToken: page.nextForwardToken })).events).toHaveLength(1)
  })

  it.each([
    [{ logStreamName: 'none' }, 'ResourceNotFoundException'],
    [{ logGroupName: 'none' }, 'ResourceNotFoundException'],
    [{ nextToken: 'f/1/s' }, 'InvalidParameterException'],
    [{ nextToken: `f/${'9'.repeat(56)}/s` }, 'InvalidParameterException'],
    [{ logGroupIdentifier: 'g' }, 'InvalidParameterException'],
    [{ limit: 10_001 }, 'InvalidParameterException'],
  ])('refuses %j', async (input, name) => {
    await expect(get(input)).rejects.toEqual(refused(name))
  })
})

describe('FilterLogEvents', () => {
  beforeEach(async () => {
    await group('g')
    await stream('g', 'a1', 'a2', 'b')
    await put('a1', [0, 'ERROR one'], [10, 'ok'])
    await put('a2', [5, 'ERROR two'])
    await put('b', [5, '{"level":"ERROR","n":3}'])
  })

  it('interleaves streams by time, then in the order of coming in', async () => {
    const { events, searchedLogStreams, nextToken } = await filter({ interleaved: true })
    expect(events?.map((event) => [event.logStreamName, event.message])).toEqual([
      ['a1', 'ERROR one'],
      ['a2', 'ERROR two'],
      ['b', '{"level":"ERROR","n":3}'],
      ['a1', 'ok'],
    ])
    const ids = events?.map(({ eventId }) => eventId)
    expect(ids).toEqual([...new Set(ids)].toSorted((a = '', b = '') => (a < b ? -1 : 1)))
    expect(searchedLogStreams).toEqual([])
    expect(nextToken).toBeUndefined()
  })

  it.each<[Omit<FilterLogEventsCommandInput, 'logGroupName'>, string[]]>([
    [{ filterPattern: 'ERROR' }, ['ERROR one', 'ERROR two', '{"level":"ERROR","n":3}']],
    [{ filterPattern: 'ERROR -two' }, ['ERROR one', '{"level":"ERROR","n":3}']],
    [{ filterPattern: '{ $.n > 2 }' }, ['{"level":"ERROR","n":3}']],
    [{ logStreamNamePrefix: 'a' }, ['ERROR one', 'ERROR two', 'ok']],
    [{ logStreamNames: ['a1'] }, ['ERROR one', 'ok']],
    [{ logStreamNames: ['a2', 'b'] }, ['ERROR two', '{"level":"ERROR","n":3}']],
    [{ startTime: at(5), endTime: at(9) }, ['ERROR two', '{"level":"ERROR","n":3}']],
    [{ startTime: at(0), endTime: at(0) }, ['ERROR one']],
    [{ startTime: at(11) }, []],
  ])('%j', async (input, expected) => {
    expect(messages(await filter(input))).toEqual(expected)
  })

  it('pages with its tokens', async () => {
    const seen: unknown[] = []
    const paging = { client: account.client, pageSize: 1 }
    for await (const page of paginateFilterLogEvents(paging, {
      logGroupIdentifier: 'g',
      filterPattern: 'ERROR',
    }))
      seen.push(...(messages(page) ?? []))
    expect(seen).toEqual(['ERROR one', 'ERROR two', '{"level":"ERROR","n":3}'])
  })

  it('lets a client follow as `aws logs tail --follow` does: from the last timestamp, without what it has seen', async () => {
    const first = await filter({ startTime: at(0) })
    const startTime = first.events?.at(-1)?.timestamp
    const seen = new Set(first.events?.map(({ eventId }) => eventId))
    await put('b', [10, 'same millisecond'], [11, 'next'])
    const second = await filter({ startTime })
    expect(messages({ events: second.events?.filter(({ eventId }) => !seen.has(eventId)) })).toEqual([
      'same millisecond',
      'next',
    ])
  })

  it('answers a part and a token when much has to be searched', async () => {
    const events = Array.from({ length: 10_000 }, (_, index) => [20 + index, 'noise'] as [number, string])
    for (let round = 0; round < 2; round++) await put('b', ...events)
    await put('b', [50_000, 'needle'])
    const first = await filter({ filterPattern: 'needle' })
    expect(first.events).toEqual([])
    const second = await filter({ filterPattern: 'needle', nextToken: first.nextToken })
    expect(messages(second)).toEqual(['needle'])
  })

  it.each<[object, string, string?]>([
    [{ logStreamNames: ['a1', 'none'] }, 'ResourceNotFoundException', 'log stream'],
    [{ logStreamNames: ['a1'], logStreamNamePrefix: 'a' }, 'InvalidParameterException', 'mutually exclusive'],
    [{ filterPattern: '{ $.a = ' }, 'InvalidParameterException', 'Invalid filter pattern'],
    [{ nextToken: 'x' }, 'InvalidParameterException', 'nextToken'],
    [{ logGroupName: 'none' }, 'ResourceNotFoundException', 'log group'],
    [{ logGroupName: undefined }, 'InvalidParameterException', 'Exactly one'],
    [{ logGroupIdentifier: groupArn('g') }, 'InvalidParameterException', 'Exactly one'],
  ])('refuses %j', async (input, name, message) => {
    await expect(filter(input)).rejects.toEqual(refused(name, message))
  })
})

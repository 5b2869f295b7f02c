import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, it } from 'vitest'
import { createLogs } from './logs.ts'
import { countExcess } from './storage/storage-bounds.ts'
import { accountId, openTestLogs, start } from './testing/test-logs.ts'

type Account = Awaited<ReturnType<typeof openTestLogs>>

const hour = 3_600_000
const event = (message: string, ms = 0) => ({ timestamp: new Date(start.getTime() + ms), message })
const batch = (...events: ReturnType<typeof event>[]) => ({
  accountId,
  logGroupName: 'g',
  logStreamName: 's',
  events,
})
async function read({ client }: Account, logGroupName = 'g') {
  const { events } = await client.send(new FilterLogEventsCommand({ logGroupName }))
  return events?.map(({ message }) => message)
}
async function countRows({ store }: Account) {
  const counts: number[] = []
  for (const table of ['log_groups', 'log_streams', 'log_events'] as const) {
    const query = store.read.selectFrom(table).select((is) => is.fn.countAll().as('count'))
    counts.push(Number((await query.executeTakeFirstOrThrow()).count))
  }
  return counts
}

describe('append', () => {
  it('makes group and stream, and is read at once', async () => {
    await using account = await openTestLogs()
    account.logs.append(batch(event('a')))
    account.logs.append({ ...batch(event('b', 1), event('c', 2)), logStreamName: 'has spaces' })
    account.logs.append(batch(event('d', 3)))
    expect(await read(account)).toEqual(['a', 'b', 'c', 'd'])
    account.logs.append(batch(event('e', 4)))
    expect(await read(account)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await countRows(account)).toEqual([1, 2, 5])
  })

  it('writes what is left when it is closed', async () => {
    await using account = await openTestLogs()
    const { store, log } = account
    const others = createLogs({ store, now: () => start, log })
    others.append(batch(event('last words')))
    await others[Symbol.asyncDispose]()
    expect(await read(account)).toEqual(['last words'])
  })

  it('keeps every event after a restart, though the clock stands still', async () => {
    await using account = await openTestLogs()
    const { store, log } = account
    for (const message of ['a', 'b', 'c']) {
      const logs = createLogs({ store, now: () => start, log })
      logs.append(batch(event(message), event(`${message}2`)))
      await logs[Symbol.asyncDispose]()
    }
    expect(await read(account)).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2'])
  })

  it('cuts long events at a character and leaves empty ones out', async () => {
    await using account = await openTestLogs({ maxEventBytes: 26 + 5 })
    account.logs.append(batch(event(''), event('ééé'), event('12345'), event('123456')))
    expect(await read(account)).toEqual(['éé', '12345', '12345'])
  })

  it('drops names that CloudWatch Logs does not have, and says so', async () => {
    await using account = await openTestLogs()
    account.logs.append({ ...batch(event('x')), logGroupName: 'a b' })
    account.logs.append({ ...batch(event('x')), logStreamName: 'a:b' })
    account.logs.append({ ...batch(event('x')), logStreamName: '' })
    await account.logs.flush()
    expect(account.warnings).toHaveLength(3)
    expect(await countRows(account)).toEqual([0, 0, 0])
  })

  it('drops what comes when too much is waiting, and says how much', async () => {
    await using account = await openTestLogs({ maxWaitingEvents: 3 })
    for (const message of ['a', 'b', 'c', 'd', 'e']) account.logs.append(batch(event(message)))
    expect(await read(account)).toEqual(['a', 'b', 'c'])
    expect(account.warnings).toEqual([[{ events: 2 }, expect.stringContaining('dropped')]])
    account.logs.append(batch(event('f', 1)))
    expect(await read(account)).toEqual(['a', 'b', 'c', 'f'])
  })

  it('writes thousands of events from hundreds of streams', async () => {
    await using account = await openTestLogs()
    for (let index = 0; index < 3000; index++)
      account.logs.append({ ...batch(event(`m${index}`, index)), logStreamName: `s${index % 300}` })
    const messages = await read(account)
    expect(messages).toHaveLength(3000)
    expect(messages?.at(-1)).toBe('m2999')
  })

  it('keeps accounts apart', async () => {
    await using account = await openTestLogs()
    account.logs.append({ ...batch(event('theirs')), accountId: '999999999999' })
    account.logs.append(batch(event('ours')))
    expect(await read(account)).toEqual(['ours'])
  })
})

describe('pruning', () => {
  it('removes the oldest events above the bound of a group', async () => {
    await using account = await openTestLogs({ maxEventsPerGroup: 600 })
    account.logs.append(batch(...Array.from({ length: 1500 }, (_, index) => event(`m${index}`, index))))
    await account.logs.flush()
    await account.logs.prune()
    const kept = await read(account)
    expect(kept).toHaveLength(600)
    expect(kept?.[0]).toBe('m900')
  })

  it('removes the oldest events above the bytes of a group, and counts what is left', async () => {
    await using account = await openTestLogs({ maxBytesPerGroup: 3 * 30 })
    account.logs.append(batch(event('1234', 1), event('2345', 2), event('3456', 3), event('4567', 4)))
    await account.logs.flush()
    await account.logs.prune()
    expect(await read(account)).toEqual(['2345', '3456', '4567'])
    const { logGroups } = await account.client.send(new DescribeLogGroupsCommand({}))
    expect(logGroups?.[0]?.storedBytes).toBe(90)
  })

  it('hides what has expired at once, and removes it', async () => {
    await using account = await openTestLogs()
    account.logs.append(batch(event('old', -hour), event('new')))
    await account.logs.flush()
    await account.client.send(new PutRetentionPolicyCommand({ logGroupName: 'g', retentionInDays: 1 }))
    account.clock.now = new Date(start.getTime() + 24 * hour)
    expect(await read(account)).toEqual(['new'])
    await account.logs.prune()
    expect(await countRows(account)).toEqual([1, 1, 1])
  })

  it('removes what a deleted group held, and lets the name be used again meanwhile', async () => {
    await using account = await openTestLogs()
    account.logs.append(batch(...Array.from({ length: 1200 }, (_, index) => event('x', index))))
    await account.client.send(new DeleteLogGroupCommand({ logGroupName: 'g' }))
    await account.client.send(new CreateLogGroupCommand({ logGroupName: 'g' }))
    await account.client.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 's' }))
    expect(await read(account)).toEqual([])
    await account.logs.prune()
    await account.logs.prune()
    expect(await countRows(account)).toEqual([1, 1, 0])
  })

  it('removes what was deleted while it was under way, when it is asked to again', async () => {
    await using account = await openTestLogs()
    for (const logGroupName of ['g', 'h']) account.logs.append({ ...batch(event('x')), logGroupName })
    await account.client.send(new DeleteLogGroupCommand({ logGroupName: 'g' }))
    const first = account.logs.prune()
    await account.client.send(new DeleteLogGroupCommand({ logGroupName: 'h' }))
    await Promise.all([first, account.logs.prune()])
    expect(await countRows(account)).toEqual([0, 0, 0])
  })

  it('deletes the streams that were longest without an event, above the bound', async () => {
    await using account = await openTestLogs({ maxStreamsPerGroup: 2 })
    for (const logStreamName of ['a', 'b', 'c', 'a']) {
      account.logs.append({ ...batch(event(logStreamName)), logStreamName })
      await account.logs.flush()
      account.clock.now = new Date(account.clock.now.getTime() + 1)
    }
    await account.logs.prune()
    const { logStreams } = await account.client.send(new DescribeLogStreamsCommand({ logGroupName: 'g' }))
    expect(logStreams?.map(({ logStreamName }) => logStreamName)).toEqual(['a', 'c'])
    expect(await countRows(account)).toEqual([1, 2, 3])
  })

  it.each([
    [{ events: 0, bytes: 0, expiry: 0 }, 0],
    [{ events: -5, bytes: -5, expiry: 10 }, 0],
    [{ events: 2, bytes: 0, expiry: 0 }, 2],
    [{ events: 0, bytes: 101, expiry: 0 }, 2],
    [{ events: 0, bytes: 100, expiry: 0 }, 1],
    [{ events: 0, bytes: 0, expiry: 12 }, 2],
    [{ events: 1, bytes: 0, expiry: 12 }, 2],
    [{ events: Infinity, bytes: Infinity, expiry: Infinity }, 3],
  ])('%j takes %i of three', (excess, count) => {
    const oldest = [10, 11, 12].map((timestamp) => ({ timestamp, bytes: 100 }))
    expect(countExcess(oldest, excess)).toBe(count)
  })
})

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { patienceMs } from '../../../test/helpers/patience.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import { openAudit } from './audit.ts'
import { exportEntries } from './export.ts'
import { lookUp } from './lookup.ts'
import { auditOperations } from './operations.ts'
import { accountId, at, callOf, openTestAudit, thing, type TestAudit } from './testing/test-audit.ts'

const minute = 60_000
/** A few whole blocks, and some small ones. */
const count = 1000

let test: TestAudit
beforeAll(async () => {
  test = await openTestAudit()
  for (let index = 0; index < count; index++) {
    test.clock.now = at.getTime() + index * minute
    const name = `user-${index % 5}`
    const call = callOf(index % 2 ? 'DescribeThing' : 'CreateThing', {
      resources: [thing(`lamp-${index}`)],
      accessKeyId: `AKIA${index % 5}`,
    })
    const arn = `arn:aws:iam::${accountId}:user/${name}`
    const entry = { ...call, caller: { ...call.caller, arn, name } }
    await (index % 2 ? test.read(entry) : test.write(entry))
  }
  await test.audit[Symbol.asyncDispose]()
  test.audit = await test.again() // at the start all is packed that makes a whole block
  await vi.waitFor(async () => {
    const chain = await test.store.read.selectFrom('audit_chains').select('packed_seq').executeTakeFirst()
    if ((chain?.packed_seq ?? 0) <= 512) throw new Error('there are not enough whole blocks yet')
  }, patienceMs)
})
afterAll(() => test[Symbol.asyncDispose]())

const context = { accountId, region: 'us-east-1' } as CallContext
const lookUpEvents = (input: object) =>
  auditOperations({ store: test.store, audit: test.audit }).LookupEvents(input, context)

const by = (AttributeKey: string, AttributeValue: string) => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
})

/** All pages. */
async function all(input: object) {
  const found = []
  for (let NextToken: string | undefined; ;) {
    const page = await lookUpEvents({ ...input, ...(NextToken !== undefined && { NextToken }) })
    found.push(...page.Events)
    NextToken = page.NextToken
    if (NextToken === undefined) return found
  }
}

const resourcesOf = (events: { Resources: { ResourceName: string }[] }[]) =>
  events.map(({ Resources }) => Resources[0]?.ResourceName)

describe('LookupEvents', () => {
  it('gives 50 events at once, the newest first, and a token for the others', async () => {
    const page = await lookUpEvents({})
    expect(page.Events).toHaveLength(50)
    expect(resourcesOf(page.Events).slice(0, 2)).toEqual(['lamp-999', 'lamp-998'])
    expect(page.NextToken).toBeDefined()
  })

  it('gives each event once over all pages', async () => {
    const events = await all({ MaxResults: 37 })
    expect(resourcesOf(events)).toEqual(
      Array.from({ length: count }, (_, index) => `lamp-${count - 1 - index}`),
    )
    expect(new Set(events.map(({ EventId }) => EventId)).size).toBe(count)
  })

  it.each([
    ['EventName', 'CreateThing', 500],
    ['EventName', 'DeleteThing', 0],
    ['Username', 'user-3', 200],
    ['Username', 'USER-3', 0],
    ['AccessKeyId', 'AKIA4', 200],
    ['ReadOnly', 'true', 500],
    ['EventSource', 'iot.amazonaws.com', count],
    ['EventSource', 'iam.amazonaws.com', 0],
    ['ResourceType', 'AWS::IoT::Thing', count],
    ['ResourceName', 'lamp-1', 1],
    ['ResourceName', 'lamp-990', 1],
    ['ResourceName', thing('lamp-300'), 1],
    ['ResourceName', 'lamp', 0],
    ['EventId', 'nonsense', 0],
    ['EventId', '00000000-0000-8000-8000-000000000001', 0],
  ])('finds by %s %s', async (key, value, expected) => {
    expect(await all(by(key, value))).toHaveLength(expected)
  })

  it('finds an event by its id', async () => {
    const [event] = (await lookUpEvents(by('ResourceName', 'lamp-123'))).Events
    const found = await lookUpEvents(by('EventId', event?.EventId ?? ''))
    expect(resourcesOf(found.Events)).toEqual(['lamp-123'])
  })

  it.each([
    [
      'both ends',
      { StartTime: new Date(at.getTime() + 10 * minute), EndTime: new Date(at.getTime() + 12 * minute) },
      3,
    ],
    ['a start', { StartTime: new Date(at.getTime() + (count - 3) * minute) }, 3],
    ['an end', { EndTime: new Date(at.getTime() + 2 * minute) }, 3],
    ['a time after all', { StartTime: new Date(at.getTime() + count * minute) }, 0],
    ['a time before all', { EndTime: new Date(at.getTime() - 1) }, 0],
  ])('bounds by %s', async (_, times, expected) => {
    expect(await all(times)).toHaveLength(expected)
    const half = await all({ ...times, ...by('EventName', 'CreateThing') })
    expect(half.length).toBeLessThanOrEqual(Math.ceil(expected / 2) + 1)
  })

  it.each([
    [
      'two attributes',
      {
        LookupAttributes: [
          ...by('Username', 'a').LookupAttributes,
          ...by('ReadOnly', 'true').LookupAttributes,
        ],
      },
      'InvalidLookupAttributesException',
    ],
    [
      'an end before the start',
      { StartTime: new Date(2), EndTime: new Date(1) },
      'InvalidTimeRangeException',
    ],
    ['a token of nobody', { NextToken: 'aGVsbG8=' }, 'InvalidNextTokenException'],
    ['a token that is no base64', { NextToken: '***' }, 'InvalidNextTokenException'],
    [
      'a token of something else',
      { NextToken: Buffer.from('[1]').toString('base64') },
      'InvalidNextTokenException',
    ],
  ])('refuses %s', async (_, input, code) => {
    await expect(lookUpEvents(input)).rejects.toMatchObject({ code })
  })

  it('tells the event as CloudTrail writes it', async () => {
    const [event] = (await lookUpEvents(by('ResourceName', 'lamp-0'))).Events
    expect(JSON.parse(event?.CloudTrailEvent ?? '')).toMatchObject({
      eventVersion: '1.11',
      userIdentity: { type: 'IAMUser', accountId, accessKeyId: 'AKIA0', userName: 'user-0' },
      eventTime: '2026-03-04T05:06:07Z',
      eventSource: 'iot.amazonaws.com',
      eventName: 'CreateThing',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
      readOnly: false,
      resources: [{ accountId, type: 'AWS::IoT::Thing', ARN: thing('lamp-0') }],
      eventID: event?.EventId,
    })
  })
})

describe('a question with several attributes', () => {
  it('finds what fits all of them, page by page', async () => {
    const found = []
    let pages = 0
    let position: ReadonlyMap<string, number> | undefined
    do {
      const where = { Username: 'user-3', EventName: 'CreateThing' }
      const page = await lookUp(test.store.read, { accountId, where, limit: 5, position })
      found.push(...page.entries)
      position = page.next
      pages += 1
    } while (position && pages < 100)
    expect(found).toHaveLength(100)
    expect(pages).toBe(20)
  })

  it('ends its page when much was read for little, and goes on with the next one', async () => {
    const where = { Username: 'user-3', EventName: 'DeleteThing' }
    let pages = 0
    let position: ReadonlyMap<string, number> | undefined
    do {
      const page = await lookUp(test.store.read, { accountId, where, limit: 5, position, maxRead: 100 })
      expect(page.entries).toEqual([])
      position = page.next
      pages += 1
    } while (position && pages < 100)
    expect(pages).toBeGreaterThan(3)
    expect(pages).toBeLessThan(100)
  })

  it('has nothing of another account', async () => {
    expect(await lookUp(test.store.read, { accountId: '210987654321', where: {}, limit: 5 })).toEqual({
      entries: [],
    })
  })
})

describe('an export', () => {
  it.each([
    ['everything', {}, count],
    ['from a time on', { after: new Date(at.getTime() + 990 * minute) }, 10],
    ['before a time', { before: new Date(at.getTime() + 5 * minute) }, 5],
    ['nothing after all', { after: new Date(at.getTime() + count * minute) }, 0],
  ])('gives %s, the oldest first', async (_, times, expected) => {
    const seqs = []
    for await (const { seq } of exportEntries(test.store.read, times)) seqs.push(seq)
    expect(seqs).toHaveLength(expected)
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
  })
})

it('merges the chains of two nodes by time', async () => {
  await using two = await openTestAudit({ chain: 'a' })
  const b = await openAudit({
    store: { ...two.store, accompany: () => {} },
    log: { error: () => {} } as never,
    now: () => new Date(two.clock.now),
    spoolFile: `${two.spoolFile}.b`,
    chain: 'b',
    maxAgeDays: 1,
    maxBytes: 1e9,
  })
  // one store has one companion: the other node's entries are put where they belong
  for (let index = 0; index < 6; index++) {
    two.clock.now += minute
    await two.read(callOf('DescribeThing', { resources: [thing(`lamp-${index}`)] }))
  }
  await two.audit.flush()
  await two.store.transact(async (db) => {
    const chain = await db.selectFrom('audit_chains').selectAll().executeTakeFirstOrThrow()
    await db
      .insertInto('audit_chains')
      .values({ ...chain, chain: 'b' })
      .execute()
    for (const block of await db.selectFrom('audit_blocks').selectAll().execute())
      await db
        .insertInto('audit_blocks')
        .values({ ...block, chain: 'b' })
        .execute()
  })
  const first = await lookUp(two.store.read, { accountId, where: {}, limit: 5 })
  const second = await lookUp(two.store.read, { accountId, where: {}, limit: 50, position: first.next })
  const times = [...first.entries, ...second.entries].map((entry) => entry.at)
  expect(times).toHaveLength(12)
  expect(times).toEqual(times.toSorted((x, y) => y - x))
  await b[Symbol.asyncDispose]()
})

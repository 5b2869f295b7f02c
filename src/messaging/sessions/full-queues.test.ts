/** What a session loses when more comes than may wait, by the operator's choice, and that it is never silent. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NoRoomError } from '../../fabric/in-process/index.ts'
import { whenFullChoices } from './when-full.ts'
import {
  accountId,
  openTestSessions,
  subscribe,
  type Run,
  type RunOptions,
  type TestClient,
  type TestSessions,
} from './testing/test-sessions.ts'

let test: TestSessions
let run: Run

beforeEach(async () => {
  test = await openTestSessions()
})

afterEach(async () => {
  await run.stop()
  await test[Symbol.asyncDispose]()
})

const publishAll = (...texts: string[]) =>
  Promise.allSettled(texts.map(async (text) => run.publish('a', text)))

const dropped = (name = 'lamp') => run.sessions.describe(accountId, name)?.dropped

async function away(options: RunOptions, more = {}): Promise<TestClient> {
  run = await test.start(options)
  const client = await run.connect('lamp', more)
  await subscribe(client, 'a', { qos: 2 })
  client.disconnect()
  return client
}

/** What a client gets that comes and acknowledges everything. */
async function drain(options = {}): Promise<string[]> {
  const client = await run.connect('lamp', options)
  for (let before = -1; before < client.sent.length;) {
    before = client.sent.length
    await test.rest()
    client.acknowledgeAll()
  }
  client.disconnect()
  return client.texts()
}

const small = { maxStoredMessages: 4, sessionPageSize: 2 }

describe('the queue of a client that is away', () => {
  it.each([
    ['drop-newest', ['1', '2', '3', '4'], { 'queue-full': 3 }],
    ['drop-oldest', ['4', '5', '6', '7'], { 'queue-full': 3 }],
    ['refuse', ['1', '2', '3', '4'], { refused: 3 }],
  ] as const)('keeps as many as it may: %s', async (whenFull, kept, lost) => {
    await away({ ...small, whenFull })
    const answers = await publishAll('1', '2', '3', '4', '5', '6', '7')
    await test.rest()
    expect(dropped()).toEqual(lost)
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(whenFull === 'refuse' ? 3 : 0)
    for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toBeInstanceOf(NoRoomError)
    expect(await drain()).toEqual(kept)
    expect(run.sessions.find(accountId, 'lamp')?.queuedMessages).toBe(0)
  })

  it.each([
    ['drop-newest', ['12345', '1', '2']],
    ['drop-oldest', ['6789', '1', '2']],
  ] as const)('is bounded in bytes: %s', async (whenFull, kept) => {
    await away({ maxStoredBytes: 8, whenFull })
    for (const text of ['12345', '6789', '1', '2']) await run.publish('a', text)
    await test.rest()
    expect(await drain()).toEqual(kept)
  })

  it('takes no message that is larger than all of it may be, whatever is dropped', async () => {
    await away({ maxStoredBytes: 4, whenFull: 'drop-oldest' })
    await publishAll('123', '12345')
    await test.rest()
    expect(await drain()).toEqual(['123'])
    expect(dropped()).toEqual({ 'queue-full': 1 })
  })

  it('drops the oldest of an earlier run of the server too, also what was sent and not acknowledged', async () => {
    await away({ ...small, whenFull: 'drop-oldest' })
    await publishAll('1', '2', '3')
    await run.connect('lamp')
    await test.rest()
    run.crash()
    run = await test.start({ ...small, whenFull: 'drop-oldest' })
    await publishAll('4', '5', '6')
    await test.rest()
    expect(await drain()).toEqual(['3', '4', '5', '6'])
  })

  it('drops no QoS 2 message that its client may have, so that the exchange comes to its end', async () => {
    run = await test.start({ ...small, maxStoredMessages: 2, whenFull: 'drop-oldest' })
    const client = await run.connect('lamp')
    await subscribe(client, 'a', { qos: 2 })
    const publish = async (text: string) => run.publish('a', text, { qos: 2 })
    await Promise.all(['1', '2'].map(publish))
    await test.rest()
    client.session.answer('pubrec', client.sent[0]?.packetId ?? 0)
    await test.rest()
    client.disconnect()
    await Promise.all(['3', '4'].map(publish))
    await test.rest()
    expect(dropped()).toEqual({ 'queue-full': 2 })
    const again = await run.connect('lamp')
    await test.rest()
    expect([again.releases, again.texts()]).toEqual([[client.sent[0]?.packetId], ['2']])
  })

  it('drops what has expired before what has not', async () => {
    await away({ ...small, whenFull: 'drop-oldest' })
    const publish = async (text: string, messageExpiryInterval: number) =>
      run.publish('a', text, { properties: { messageExpiryInterval } })
    await Promise.all([publish('1', 90), publish('2', 10), publish('3', 10), publish('4', 90)])
    test.clock.now = new Date(test.clock.now.getTime() + 20_000)
    await publishAll('5', '6')
    await test.rest()
    expect(await drain()).toEqual(['1', '4', '5', '6'])
    expect(dropped()).toEqual({ expired: 2 })
  })
})

describe('a persistent client that is there', () => {
  it.each(whenFullChoices)('is never cut off, whatever waits and comes: %s', async (whenFull) => {
    await away({ ...small, whenFull })
    await publishAll('1', '2', '3', '4', '5')
    const client = await run.connect('lamp', { window: 1 })
    for (let round = 0; round < 40; round++) {
      await publishAll(`a${round}`, `b${round}`)
      if (round % 3 === 0) client.acknowledgeAll()
    }
    expect([client.hasGivenUp(), client.hasFailed()]).toEqual([false, false])
    client.acknowledgeAll()
    await test.rest()
    const queued = run.sessions.find(accountId, 'lamp')?.queuedMessages ?? 0
    expect(queued).toBeLessThanOrEqual(small.maxStoredMessages + small.sessionPageSize)
    client.disconnect()
    await drain()
    const { 'queue-full': full = 0, refused = 0 } = dropped() ?? {}
    expect(full + refused + client.sent.length).toBeGreaterThan(80)
  })

  it('that acknowledges nothing leaves no more behind than may wait: drop-oldest', async () => {
    await away({ ...small, whenFull: 'drop-oldest' })
    const client = await run.connect('lamp', { window: 2 })
    for (let count = 1; count <= 50; count++) {
      await run.publish('a', String(count))
      await test.rest()
    }
    expect(client.texts()).toEqual(['1', '2'])
    expect(client.session.queuedMessages).toBe(4)
    client.disconnect()
    expect(await drain()).toEqual(['1', '2', '49', '50'])
  })
})

describe('refusing', () => {
  it('loses nothing of what four publishers were told that it arrived', async () => {
    run = await test.start({ maxStoredMessages: 20, sessionPageSize: 8, whenFull: 'refuse' })
    const accepted: string[] = []
    const got: string[] = []
    const publisher = async (name: string) => {
      for (let sequence = 0; sequence < 150;) {
        const [answer] = await publishAll(`${name}${sequence}`)
        if (answer?.status === 'fulfilled') accepted.push(`${name}${sequence++}`)
        else await test.rest()
      }
    }
    const subscriber = async () => {
      while (new Set(got).size < 600) {
        const client = await run.connect('lamp', { window: 5 })
        await subscribe(client, 'a')
        for (let round = 0; round < 3; round++) {
          await test.rest()
          client.acknowledgeAll()
        }
        got.push(...client.texts())
        client.disconnect()
      }
    }
    const first = await run.connect('lamp')
    await subscribe(first, 'a')
    first.disconnect()
    await Promise.all([subscriber(), ...['p', 'q', 'r', 's'].map(publisher)])
    expect(new Set(got)).toEqual(new Set(accepted))
    for (const name of ['p', 'q', 'r', 's']) {
      const own = [...new Set(got)].filter((text) => text.startsWith(name))
      expect(own).toEqual(Array.from({ length: 150 }, (_, sequence) => `${name}${sequence}`))
    }
    expect(dropped()?.refused).toBeGreaterThan(0)
  })
})

describe('a clean client', () => {
  const clean = {
    isCleanStart: true,
    window: 1,
    passing: { maxWaiting: 2, maxWaitingBytes: 100, maxStalledMs: 1000 },
  }

  it.each([
    ['drop-newest', ['1', '2', '3'], { 'queue-full': 2 }],
    ['drop-oldest', ['1', '4', '5'], { 'queue-full': 2 }],
    ['refuse', ['1', '2', '3'], { refused: 2 }],
  ] as const)('that falls behind loses messages, not its connection: %s', async (whenFull, kept, lost) => {
    run = await test.start({ whenFull })
    const client = await run.connect('lamp', clean)
    await subscribe(client, 'a')
    await publishAll('1', '2', '3', '4', '5')
    for (let count = 0; count < 3; count++) client.acknowledgeAll()
    expect([client.hasGivenUp(), client.texts(), dropped()]).toEqual([false, kept, lost])
  })

  it('that acknowledges nothing for long while too much waits is cut off', async () => {
    run = await test.start()
    const client = await run.connect('lamp', clean)
    await subscribe(client, 'a')
    const pass = (ms: number) => (test.clock.now = new Date(test.clock.now.getTime() + ms))
    await publishAll('1', '2', '3', '4')
    pass(900)
    client.session.answer('puback', client.sent[0]?.packetId ?? 0)
    await publishAll('5')
    pass(900)
    await publishAll('6')
    expect(client.hasGivenUp()).toBe(false)
    pass(100)
    await publishAll('7')
    expect(client.hasGivenUp()).toBe(true)
  })
})

describe('the queue of a shared group', () => {
  it.each([
    ['drop-newest', ['1', '2'], { 'queue-full': 2 }],
    ['drop-oldest', ['3', '4'], { 'queue-full': 2 }],
    ['refuse', ['1', '2'], { refused: 2 }],
  ] as const)('keeps as many as it may: %s', async (whenFull, kept, lost) => {
    run = await test.start({ maxStoredMessages: 2, whenFull })
    const member = await run.connect('lamp')
    await subscribe(member, '$share/g/a')
    member.disconnect()
    await publishAll('1', '2', '3', '4')
    await test.rest()
    expect(dropped('g/a')).toEqual(lost)
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.texts()).toEqual(kept)
    again.acknowledgeAll()
    await test.rest()
    expect(await test.store.read.selectFrom('session_messages').selectAll().execute()).toEqual([])
  })

  it.each(whenFullChoices)('comes to rest when every member that is there is full: %s', async (whenFull) => {
    run = await test.start({ maxStoredMessages: 2, whenFull })
    const members = await Promise.all(['one', 'two'].map((name) => run.connect(name, { window: 1 })))
    for (const member of members) await subscribe(member, '$share/g/a')
    await publishAll('1', '2', '3', '4', '5', '6')
    await test.rest()
    const lost = members.flatMap((_, at) => Object.values(dropped(['one', 'two'][at]) ?? {}))
    expect(lost.reduce((sum, count) => sum + count, 0)).toBe(2)
  })
})

describe('what was dropped', () => {
  it('is told of soon, and then once an hour with the number', async () => {
    await away({ ...small })
    await publishAll('1', '2', '3', '4', '5', '6')
    run.sessions.sweep()
    await publishAll('7', '8', '9')
    run.sessions.sweep()
    expect(run.drops).toEqual([['lamp', { 'queue-full': 2 }]])
    test.clock.now = new Date(test.clock.now.getTime() + 3_599_000)
    await publishAll('10')
    test.clock.now = new Date(test.clock.now.getTime() + 1000)
    run.sessions.sweep()
    expect(run.drops.slice(1)).toEqual([['lamp', { 'queue-full': 4, 'session-ended': 4 }]])
  })

  it('is told of when the server stops', async () => {
    await away({ ...small })
    await publishAll('1', '2', '3', '4', '5')
    await run.stop()
    expect(run.drops).toEqual([['lamp', { 'queue-full': 1 }]])
  })

  it('is counted by account and reason', async () => {
    await away({ ...small })
    await publishAll('1', '2', '3', '4', '5')
    expect(Object.fromEntries(run.sessions.stats().dropped)).toEqual({ [accountId]: { 'queue-full': 1 } })
  })

  it('counts what waited for a session that ended, and what was too large for its client', async () => {
    await away({}, { maxTextLength: 3 })
    await publishAll('1', '2')
    const again = await run.connect('lamp', { isCleanStart: true, maxTextLength: 3 })
    await subscribe(again, 'a')
    await run.publish('a', 'too long')
    await run.publish('a', 'too long', { qos: 0 })
    expect(dropped()).toEqual({ 'session-ended': 2, 'too-large': 2 })
  })
})

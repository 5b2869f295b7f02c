import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  accountId,
  openTestSessions,
  subscribe,
  type Run,
  type TestSessions,
} from './testing/test-sessions.ts'

let test: TestSessions
let run: Run

beforeEach(async () => {
  test = await openTestSessions()
  run = await test.start()
})
afterEach(async () => {
  await run.stop()
  await test[Symbol.asyncDispose]()
})

async function restart(): Promise<void> {
  await run.stop()
  run = await test.start()
}

describe('delivery', () => {
  it('sends what was not acknowledged again first, in order and with DUP', async () => {
    const client = await run.connect('lamp', { window: 2 })
    await subscribe(client, 'a')
    for (const text of ['1', '2', '3', '4']) await run.publish('a', text)
    expect(client.texts()).toEqual(['1', '2'])
    client.session.answer('puback', client.sent[0]!.packetId)
    client.disconnect()
    const again = await run.connect('lamp')
    await run.publish('a', '5')
    await test.rest()
    expect(again.sent.map(({ text, isDuplicate }) => [text, isDuplicate])).toEqual([
      ['2', true],
      ['3', true],
      ['4', false],
      ['5', false],
    ])
  })

  it('leaves order and nothing out when messages arrive while old ones are read, a page at a time', async () => {
    await run.stop()
    run = await test.start({ sessionPageSize: 3 })
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    const expected = Array.from({ length: 40 }, (_, index) => String(index))
    for (const text of expected.slice(0, 20)) void run.publish('a', text)
    const again = await run.connect('lamp', { window: 4 })
    for (const text of expected.slice(20)) {
      void run.publish('a', text)
      if (Number(text) % 5 === 0) await test.rest()
      again.acknowledgeAll()
    }
    for (let turn = 0; turn < 30; turn++) {
      await test.rest()
      again.acknowledgeAll()
    }
    expect(again.texts()).toEqual(expected)
    expect(again.session.queuedMessages).toBe(0)
  })

  it('never reuses a packet id that is unacknowledged', async () => {
    const client = await run.connect('lamp', { window: 10 })
    await subscribe(client, 'a')
    await run.publish('a', 'stuck')
    const stuck = client.sent[0]!.packetId
    const others = new Set<number>()
    for (let count = 0; count < 65_600; count++) {
      void run.publish('a', 'x')
      const { packetId } = client.sent.pop()!
      others.add(packetId)
      client.session.answer('puback', packetId)
    }
    expect(others.size).toBe(65_534) // all but 0 and the one
    expect(others).not.toContain(stuck)
    expect(client.session.queuedMessages).toBe(1)
  })

  it('counts the life of a message down and drops what has expired', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    await run.publish('a', 'short', { properties: { messageExpiryInterval: 10 } })
    await run.publish('a', 'long', { properties: { messageExpiryInterval: 100 } })
    await restart()
    run.pass(30)
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.sent).toMatchObject([{ text: 'long', expirySeconds: 70 }])
    expect(again.session.queuedMessages).toBe(1)
  })

  it('drops messages for a client that is away once too many wait, and says how many', async () => {
    await run.stop()
    run = await test.start({ maxStoredMessages: 2 })
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    for (const text of ['1', '2', '3', '4']) await run.publish('a', text)
    run.sessions.sweep()
    expect(run.drops).toEqual([['lamp', { 'queue-full': 2 }]])
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.texts()).toEqual(['1', '2'])
    again.acknowledgeAll()
    again.disconnect()
    for (const text of ['5', '6', '7']) await run.publish('a', text)
    expect(run.sessions.describe(accountId, 'lamp')?.dropped).toEqual({ 'queue-full': 3 })
  })

  it('bounds the bytes that wait too', async () => {
    await run.stop()
    run = await test.start({ maxStoredBytes: 10 })
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    for (const text of ['12345', '678901', '67890', '1']) await run.publish('a', text)
    await restart()
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.texts()).toEqual(['12345', '67890'])
  })

  it('sends nothing that may not be received, also when it was allowed while it waited', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, '#')
    client.disconnect()
    await run.publish('secret', '1')
    await run.publish('open', '2')
    const again = await run.connect('lamp', { mayReceive: (topic) => topic !== 'secret' })
    await test.rest()
    await run.publish('secret', '3')
    expect(again.texts()).toEqual(['2'])
    again.acknowledgeAll()
    expect(again.session.queuedMessages).toBe(0)
  })

  it('counts a message as delivered that is larger than the client takes', async () => {
    const client = await run.connect('lamp', { maxTextLength: 3 })
    await subscribe(client, 'a')
    await run.publish('a', 'too long')
    await run.publish('a', 'ok')
    client.acknowledgeAll()
    expect(client.texts()).toEqual(['ok'])
    expect(client.session.queuedMessages).toBe(0)
  })

  it('gives overlapping subscriptions one copy with the highest QoS and all identifiers', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a/#', { qos: 0, identifier: 7 })
    await subscribe(client, 'a/b', { qos: 1, identifier: 9 })
    await subscribe(client, 'x', { qos: 1, identifier: 11 })
    await run.publish('a/b', 'one')
    client.disconnect()
    await run.publish('a/b', 'two')
    await restart()
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.sent).toMatchObject([
      { text: 'one', qos: 1, identifiers: [7, 9] },
      { text: 'two', qos: 1, identifiers: [7, 9] },
    ])
  })

  it('limits redelivery to a rate when told to', async () => {
    await run.stop()
    run = await test.start({ redeliveriesPerSecond: 2 })
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    for (const text of ['1', '2', '3']) await run.publish('a', text)
    client.disconnect()
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.texts()).toEqual(['1', '2'])
    run.sessions.sweep()
    expect(again.texts()).toEqual(['1', '2', '3'])
  })
})

describe('the publisher', () => {
  it('hears after the disk has the message, or the subscriber had it', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    let isHeard = false
    const published = run.publish('a', 'one')?.then(() => (isHeard = true))
    expect(client.texts()).toEqual(['one']) // the subscriber need not wait
    await Promise.resolve()
    expect(isHeard).toBe(false)
    await published
    expect(await test.store.read.selectFrom('session_messages').select('seq').execute()).toHaveLength(1)
  })

  it('writes no message that was acknowledged before its turn', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    const published = run.publish('a', 'one')
    client.acknowledgeAll()
    await published
    expect(await test.store.read.selectFrom('session_messages').select('seq').execute()).toEqual([])
  })

  it('hears of a message that could not be stored', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    run.crash()
    await expect(run.publish('a', 'one')).rejects.toThrow('the server is gone')
  })

  it('waits for nobody with QoS 0', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    expect(run.publish('a', 'one', { qos: 0 })).toBeUndefined()
    expect(client.texts()).toEqual(['one'])
  })
})

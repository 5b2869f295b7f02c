/** QoS 1 that is not acknowledged, on the connection it was sent over. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTestSessions, subscribe, type Run, type TestSessions } from './testing/test-sessions.ts'

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

/** What goes by in whole sweeps. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    test.clock.now = new Date(test.clock.now.getTime() + 1000)
    run.sessions.sweep()
  }
  await test.rest()
}

const retry = { afterMs: 10_000, forMs: 35_000 }
const kinds = [
  ['clean', { isCleanStart: true }],
  ['persistent', {}],
] as const

it.each(kinds)(
  'is sent again, with DUP and the same packet id, until it is too old: %s',
  async (_kind, how) => {
    const client = await run.connect('lamp', { ...how, retry })
    await subscribe(client, 'a')
    await run.publish('a', 'x')
    await pass(9)
    expect(client.sent).toHaveLength(1)
    await pass(1)
    await pass(50)
    expect(client.texts()).toEqual(['x', 'x', 'x', 'x'])
    expect(client.sent.map(({ isDuplicate }) => isDuplicate)).toEqual([false, true, true, true])
    expect(new Set(client.sent.map(({ packetId }) => packetId)).size).toBe(1)
    client.acknowledgeAll()
    expect(client.session.queuedMessages).toBe(0)
  },
)

it.each(kinds)('is not sent again once it is acknowledged, and others are: %s', async (_kind, how) => {
  const client = await run.connect('lamp', { ...how, retry })
  await subscribe(client, 'a')
  await run.publish('a', '1')
  await pass(5)
  await run.publish('a', '2')
  client.session.answer('puback', client.sent[0]!.packetId)
  await pass(9)
  expect(client.texts()).toEqual(['1', '2'])
  await pass(1)
  expect(client.texts()).toEqual(['1', '2', '2'])
})

it.each(kinds)('is not sent again on a connection of the standard profile: %s', async (_kind, how) => {
  const client = await run.connect('lamp', how)
  await subscribe(client, 'a')
  await run.publish('a', 'x')
  await pass(60)
  expect(client.texts()).toEqual(['x'])
})

it.each(kinds)('is not sent again when it may not be received any more: %s', async (_kind, how) => {
  let mayReceive = true
  const client = await run.connect('lamp', { ...how, retry, mayReceive: () => mayReceive })
  await subscribe(client, 'a')
  await run.publish('a', 'x')
  mayReceive = false
  await pass(60)
  expect(client.texts()).toEqual(['x'])
})

it.each(kinds)('says what is left of its life: %s', async (_kind, how) => {
  const client = await run.connect('lamp', { ...how, retry })
  await subscribe(client, 'a')
  await run.publish('a', 'x', { properties: { messageExpiryInterval: 100 } })
  await pass(10)
  expect(client.sent.map(({ expirySeconds }) => expirySeconds)).toEqual([undefined, 90])
})

it('begins anew with the next connection', async () => {
  const client = await run.connect('lamp', { retry })
  await subscribe(client, 'a')
  await run.publish('a', 'x')
  await pass(40)
  client.disconnect()
  const again = await run.connect('lamp', { retry })
  await test.rest()
  await pass(10)
  expect(again.texts()).toEqual(['x', 'x'])
})

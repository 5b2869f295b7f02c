import { afterEach, beforeEach, expect, it } from 'vitest'
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

it.each([
  ['a clean one', { isCleanStart: true }],
  ['one of MQTT 5 that is not kept', { version: 5 as const, isCleanStart: true }],
])('tells no client of %s before its old session is gone for good', async (_title, options) => {
  const client = await run.connect('lamp')
  await subscribe(client, 'a')
  client.disconnect()
  await test.rest()
  const { isPresent } = await run.connect('lamp', options)
  expect(isPresent).toBe(false)
  run.crash()
  run = await test.start()
  expect(run.sessions.find(accountId, 'lamp')).toBeUndefined()
})

it('releases a QoS 2 message that the client has, also when it may not receive it any more', async () => {
  const client = await run.connect('lamp')
  await subscribe(client, 'a', { qos: 2 })
  await run.publish('a', 'one', { qos: 2 })
  await test.rest()
  const { packetId } = client.sent[0]!
  client.session.answer('pubrec', packetId)
  client.disconnect()
  const again = await run.connect('lamp', { mayReceive: () => false })
  await test.rest()
  expect(again.releases).toEqual([packetId])
})

it('sends a clean client nothing that it may not receive any more when its turn comes', async () => {
  let isGranted = true
  const client = await run.connect('lamp', {
    isCleanStart: true,
    window: 1,
    mayReceive: () => isGranted,
  })
  await subscribe(client, 'a')
  for (const text of ['1', '2']) void run.publish('a', text)
  isGranted = false
  client.acknowledgeAll()
  expect(client.texts()).toEqual(['1'])
  expect(client.session.queuedMessages).toBe(0)
})

it('never gives a packet id away that was unacknowledged over two connections', async () => {
  const client = await run.connect('lamp', { window: 10 })
  await subscribe(client, 'a')
  await run.publish('a', 'stuck')
  const stuck = client.sent[0]!.packetId
  for (let count = 0; count < 65_533; count++) {
    void run.publish('a', 'x')
    client.session.answer('puback', client.sent.pop()!.packetId)
  }
  client.disconnect()
  const again = await run.connect('lamp') // what is stuck has not been read yet
  void run.publish('a', 'one')
  void run.publish('a', 'two')
  void run.publish('a', 'three')
  await test.rest()
  const packetIds = again.sent.map(({ packetId }) => packetId)
  expect(again.texts()).toEqual(['stuck', 'one', 'two', 'three'])
  expect(packetIds[0]).toBe(stuck)
  expect(new Set(packetIds).size).toBe(4)
})

it('makes room for what comes while the client is away by deleting what has expired', async () => {
  await run.stop()
  run = await test.start({ maxStoredMessages: 3 })
  const client = await run.connect('lamp')
  await subscribe(client, 'a')
  client.disconnect()
  const publish = async (text: string, messageExpiryInterval: number) =>
    run.publish('a', text, { properties: { messageExpiryInterval } })
  await publish('1', 10)
  await publish('2', 100)
  await publish('3', 20)
  test.clock.now = new Date(test.clock.now.getTime() + 30_000)
  await publish('no room', 100)
  await test.rest()
  await publish('4', 100)
  await publish('5', 100)
  await publish('no room either', 100)
  await test.rest()
  expect(client.session.queuedMessages).toBe(3)
  test.clock.now = new Date(test.clock.now.getTime() + 80_000)
  await publish('still no room', 100)
  await test.rest()
  expect(client.session.queuedMessages).toBe(2)
  await publish('6', 1)
  test.clock.now = new Date(test.clock.now.getTime() + 10_000)
  await run.stop()
  run = await test.start({ maxStoredMessages: 3 })
  await publish('no room after the restart', 100)
  const again = await run.connect('lamp')
  await test.rest()
  expect(again.texts()).toEqual(['4', '5'])
  expect(again.session.queuedMessages).toBe(2)
})

/** Writes that fail: nobody is told that they were made, and nothing is forgotten that was promised before. */
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

const storedTexts = async () =>
  (await test.store.read.selectFrom('session_messages').select('payload').orderBy('seq').execute()).map(
    ({ payload }) => Buffer.from(payload).toString(),
  )

it('does not count a message that could not be stored for a client that is away', async () => {
  const client = await run.connect('lamp')
  await subscribe(client, 'a')
  client.disconnect()
  run.breakDisk()
  await expect(run.publish('a', 'lost')).rejects.toThrow('the disk is full')
  run.breakDisk(false)
  await run.publish('a', 'kept')
  expect(client.session.queuedMessages).toBe(1)
  const again = await run.connect('lamp')
  await test.rest()
  expect(again.texts()).toEqual(['kept'])
})

it('forgets what was sent and never stored when the client leaves', async () => {
  const client = await run.connect('lamp', { window: 1 })
  await subscribe(client, 'a')
  run.breakDisk()
  const published = ['sent', 'lined up'].map(async (text) => run.publish('a', text))
  expect((await Promise.allSettled(published)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  run.breakDisk(false)
  client.acknowledgeAll()
  expect(client.texts()).toEqual(['sent']) // the publisher brings the other one again
  expect(client.session.queuedMessages).toBe(0)
  run.breakDisk()
  await run.publish('a', 'sent too')?.catch(() => {})
  client.disconnect()
  expect(client.session.queuedMessages).toBe(0)
})

it('does not send an acknowledged message again whose removal failed', async () => {
  const client = await run.connect('lamp')
  await subscribe(client, 'a')
  await run.publish('a', 'one')
  run.breakDisk()
  client.acknowledgeAll()
  await test.rest()
  run.breakDisk(false)
  client.disconnect()
  const again = await run.connect('lamp')
  await test.rest()
  expect(again.texts()).toEqual([])
  expect(await storedTexts()).toEqual([])
})

it('writes what failed by itself once the disk is there again', async () => {
  const client = await run.connect('lamp')
  await subscribe(client, 'a')
  await run.publish('a', 'one')
  run.breakDisk()
  client.acknowledgeAll()
  const subscribed = client.session.subscribe({
    filter: 'b',
    qos: 1,
    noLocal: false,
    retainAsPublished: false,
  })
  await expect(subscribed).rejects.toThrow('the disk is full')
  run.breakDisk(false)
  run.sessions.sweep()
  await test.rest()
  run.crash()
  run = await test.start()
  const again = await run.connect('lamp')
  await test.rest()
  expect(again.texts()).toEqual([])
  expect(again.session.filters.toSorted()).toEqual(['a', 'b'])
})

it('keeps the last thing asked for when an earlier one failed', async () => {
  const client = await run.connect('lamp')
  run.breakDisk()
  const options = { filter: 'a', qos: 1, noLocal: false, retainAsPublished: false } as const
  await expect(client.session.subscribe(options)).rejects.toThrow('the disk is full')
  run.breakDisk(false)
  await client.session.unsubscribe('a').durable
  run.crash()
  run = await test.start()
  expect((await run.connect('lamp')).session.filters).toEqual([])
})

it('moves a message from its group to the member that took it in the end, not halfway', async () => {
  const first = await run.connect('one')
  await subscribe(first, '$share/group/a')
  first.disconnect()
  await run.publish('a', 'x')
  const again = await run.connect('one')
  run.breakDisk()
  await test.rest()
  expect(again.texts()).toEqual([])
  expect(again.hasFailed()).toBe(true)
  run.breakDisk(false)
  run.sessions.sweep()
  await test.rest()
  expect(await storedTexts()).toEqual(['x'])
  const healed = await run.connect('one')
  await test.rest()
  expect(healed.sent).toMatchObject([{ text: 'x', isDuplicate: false }])
  run.crash()
  run = await test.start()
  const last = await run.connect('one')
  await test.rest()
  expect(last.sent).toMatchObject([{ text: 'x', isDuplicate: true }])
  last.acknowledgeAll()
  await test.rest()
  expect(await storedTexts()).toEqual([])
})

it('ends a connection whose QoS 2 delivery cannot go on', async () => {
  const client = await run.connect('lamp')
  await subscribe(client, 'a', { qos: 2 })
  await run.publish('a', 'one', { qos: 2 })
  await test.rest()
  run.breakDisk()
  client.session.answer('pubrec', client.sent[0]!.packetId)
  await test.rest()
  expect(client.releases).toEqual([])
  expect(client.hasFailed()).toBe(true)
})

it('takes back a QoS 2 message that was never stored', async () => {
  const client = await run.connect('lamp')
  await subscribe(client, 'a', { qos: 2 })
  run.breakDisk()
  await expect(run.publish('a', 'lost', { qos: 2 })).rejects.toThrow('the disk is full')
  run.breakDisk(false)
  await run.publish('a', 'kept', { qos: 2 })
  await test.rest()
  expect(client.texts()).toEqual(['kept'])
  expect(client.session.queuedMessages).toBe(1)
})

it('says when what was asked for is durable, or that it is not', async () => {
  const client = await run.connect('lamp')
  client.disconnect()
  run.breakDisk()
  expect(run.sessions.remove(client.session)).toBe(true)
  await expect(run.sessions.flushed()).rejects.toThrow('the disk is full')
  run.breakDisk(false)
  run.sessions.sweep()
  await expect(run.sessions.flushed()).resolves.toBeUndefined()
  expect(await test.store.read.selectFrom('sessions').selectAll().execute()).toEqual([])
})

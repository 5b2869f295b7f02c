import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  accountId,
  openTestSessions,
  subscribe,
  turns,
  type ClientOptions,
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

const filter = '$share/group/a/+'
const clean = { isCleanStart: true }

async function join(clientId: string, options: ClientOptions = {}, shared = filter) {
  const client = await run.connect(clientId, options)
  await subscribe(client, shared)
  return client
}

it('gives each message to one member, clean or persistent', async () => {
  const members = [await join('one'), await join('two', clean), await join('three', clean)]
  for (const text of ['1', '2', '3']) await run.publish('a/b', text)
  expect(members.flatMap((member) => member.texts()).toSorted()).toEqual(['1', '2', '3'])
})

it('gives every group a copy, and other subscribers theirs', async () => {
  const [first, second] = [await join('one'), await join('two', {}, '$share/other/a/+')]
  const third = await join('three', {}, '$share/group/#')
  const plain = await join('four', {}, 'a/b')
  await run.publish('a/b', 'x')
  for (const client of [first, second, third, plain]) expect(client.texts()).toEqual(['x'])
})

it.each([
  ['is congested by what it has not acknowledged', { window: 0 }],
  ['may not receive it', { mayReceive: () => false }],
])('passes a member over that %s', async (_title, options) => {
  const first = await join('one', { ...clean, ...options })
  const second = await join('two', clean)
  await run.publish('a/b', 'x')
  expect(first.texts()).toEqual([])
  expect(second.texts()).toEqual(['x'])
})

it('keeps messages while no member is connected, and only for a persistent one', async () => {
  const persistent = await join('one')
  persistent.disconnect()
  await run.publish('a/b', 'kept')
  await run.publish('a/b', 'not kept', { qos: 0 })
  await test.rest()
  const member = await join('two', clean)
  await test.rest()
  expect(member.texts()).toEqual(['kept'])
  member.acknowledgeAll()
  await test.rest()
  expect(await test.store.read.selectFrom('session_messages').selectAll().execute()).toEqual([])
})

it('tells of a group by its name what waits for it, and whether somebody is there', async () => {
  const persistent = await join('one')
  const describe = () => run.sessions.describe(accountId, 'group/a/+')
  expect(describe()).toMatchObject({ isConnected: true, isPersistent: true, queuedMessages: 0 })
  persistent.disconnect()
  await run.publish('a/b', 'kept')
  expect(describe()).toMatchObject({ isConnected: false, isPersistent: true, queuedMessages: 1 })
})

it('keeps nothing for members that are clean', async () => {
  const member = await join('one', clean)
  member.disconnect()
  expect(run.publish('a/b', 'lost')).toBeUndefined()
  expect((await join('one', clean)).texts()).toEqual([])
})

it('keeps what waits for a group when the server is killed', async () => {
  const persistent = await join('one')
  persistent.disconnect()
  await run.publish('a/b', '1')
  await run.publish('a/b', '2')
  run.crash()
  run = await test.start()
  await run.publish('a/b', '3')
  const again = await run.connect('one')
  await test.rest()
  expect(again.isPresent).toBe(true)
  expect(again.texts()).toEqual(['1', '2', '3'])
})

it('forgets what waits when the last persistent member leaves', async () => {
  const persistent = await join('one')
  persistent.disconnect()
  await run.publish('a/b', '1')
  const again = await run.connect('one', { isCleanStart: true })
  again.disconnect()
  await test.rest()
  expect((await join('two')).texts()).toEqual([])
  await test.rest()
  expect(await test.store.read.selectFrom('session_messages').selectAll().execute()).toEqual([])
})

it('leaves what a clean member did not acknowledge to another one', async () => {
  const first = await join('one', { ...clean, window: 1 })
  await run.publish('a/b', '1')
  await run.publish('a/b', '2')
  const second = await join('two', clean)
  first.disconnect()
  expect(second.texts()).toEqual(['1', '2'])
})

it('leaves what a persistent member did not acknowledge to itself', async () => {
  const first = await join('one')
  await run.publish('a/b', '1')
  const second = await join('two', clean)
  first.disconnect()
  expect(second.texts()).toEqual([])
  const again = await run.connect('one')
  await test.rest()
  expect(again.sent).toMatchObject([{ text: '1', isDuplicate: true }])
})

it('brings what a clean member took from the queue back to the queue when it leaves', async () => {
  const persistent = await join('one')
  persistent.disconnect()
  await run.publish('a/b', '1')
  await run.publish('a/b', '2')
  const member = await join('two', { ...clean, window: 1 })
  await test.rest()
  expect(member.texts()).toEqual(['1'])
  member.disconnect()
  const again = await run.connect('one')
  await test.rest()
  run.sessions.sweep()
  await test.rest()
  expect(again.texts()).toEqual(['1', '2'])
})

it('drains a queue at a rate when told to', async () => {
  await run.stop()
  run = await test.start({ sharedDrainPerSecond: 2 })
  const persistent = await join('one')
  persistent.disconnect()
  for (const text of ['1', '2', '3']) await run.publish('a/b', text)
  const again = await run.connect('one')
  await test.rest()
  expect(again.texts()).toEqual([])
  run.sessions.sweep()
  await test.rest()
  expect(again.texts()).toEqual(['1', '2'])
  run.sessions.sweep()
  await test.rest()
  expect(again.texts()).toEqual(['1', '2', '3'])
})

it('bounds groups and members', async () => {
  await run.stop()
  run = await test.start({ maxSharedGroups: 2, maxGroupMembers: 1 })
  const first = await join('one')
  await subscribe(first, '$share/other/x')
  const second = await run.connect('two')
  expect(first.session.describeSharedExcess(filter)).toBeUndefined()
  expect(second.session.describeSharedExcess(filter)).toMatch(/1 members/)
  expect(second.session.describeSharedExcess('$share/third/x')).toMatch(/2 shared subscription groups/)
  first.session.unsubscribe('$share/other/x')
  expect(second.session.describeSharedExcess('$share/third/x')).toBeUndefined()
  expect(run.sessions.find(accountId, 'one')?.filters).toEqual([filter])
})

it('is done with what a member took at QoS 0', async () => {
  const persistent = await join('one')
  persistent.disconnect()
  await run.publish('a/b', 'x')
  const member = await run.connect('two', clean)
  await subscribe(member, filter, { qos: 0 })
  await test.rest()
  expect(member.sent).toMatchObject([{ text: 'x', qos: 0 }])
  expect(await test.store.read.selectFrom('session_messages').selectAll().execute()).toEqual([])
})

it('gives no message a second time that is acknowledged while an earlier one comes back', async () => {
  const persistent = await join('one')
  persistent.disconnect()
  for (const text of ['1', '2']) await run.publish('a/b', text)
  const first = await join('two', { ...clean, window: 1 })
  await test.rest()
  const second = await join('three', clean)
  await test.rest()
  expect([first.texts(), second.texts()]).toEqual([['1'], ['2']])
  first.disconnect() // '1' is free again
  run.sessions.sweep() // looks what there is
  second.acknowledgeAll()
  await test.rest()
  expect(second.texts()).toEqual(['2', '1'])
  second.acknowledgeAll()
  await test.rest()
  expect(await test.store.read.selectFrom('session_messages').selectAll().execute()).toEqual([])
})

it('keeps a message that the member it was given to had no room for', async () => {
  await run.stop()
  run = await test.start({ maxStoredMessages: 1 })
  const full = await join('one')
  await subscribe(full, 'own')
  full.disconnect()
  await run.publish('a/b', 'x')
  const again = await run.connect('one')
  await run.publish('own', 'y')
  await test.rest()
  expect(again.texts()).toEqual(['y'])
  again.acknowledgeAll()
  run.sessions.sweep()
  await test.rest()
  expect(again.texts()).toEqual(['y', 'x'])
})

it('keeps a message for a member that is away when those that are there may not have it', async () => {
  const persistent = await join('one')
  persistent.disconnect()
  await join('two', { ...clean, mayReceive: () => false })
  await run.publish('a/b', 'x')
  const again = await run.connect('one')
  await test.rest()
  expect(again.texts()).toEqual(['x'])
})

it('drops what waits and none may have, so that it does not stand in the way of the rest', async () => {
  const persistent = await join('one')
  persistent.disconnect()
  await run.publish('a/secret', 'x')
  await run.publish('a/b', 'y')
  const again = await run.connect('one', { mayReceive: (topic) => topic !== 'a/secret' })
  await test.rest()
  expect(again.texts()).toEqual(['y'])
})

it('leaves no QoS 2 message to another member that one has received', async () => {
  const first = await run.connect('one', clean)
  await subscribe(first, filter, { qos: 2 })
  await run.publish('a/b', 'x', { qos: 2 })
  first.session.answer('pubrec', first.sent[0]!.packetId)
  const second = await run.connect('two', clean)
  await subscribe(second, filter, { qos: 2 })
  first.disconnect()
  expect(second.texts()).toEqual([])
})

it("sends what has waited for a group when it is the member's own on disk, so that a crash brings it back as sent", async () => {
  const first = await join('one')
  first.disconnect()
  await run.publish('a/b', 'x')
  const again = await run.connect('one')
  while (again.sent.length === 0) await turns(1)
  run.crash() // whatever was not durable by then is lost
  run = await test.start()
  const last = await run.connect('one')
  await test.rest()
  expect(last.sent).toMatchObject([{ text: 'x', isDuplicate: true }])
})

it('lends a member that is there more than one at a time while they become durable', async () => {
  const first = await join('one')
  first.disconnect()
  for (const text of ['1', '2', '3', '4']) await run.publish('a/b', text)
  const again = await run.connect('one', { window: 3 })
  await test.rest()
  expect(again.texts()).toEqual(['1', '2', '3'])
  again.acknowledgeAll()
  await test.rest()
  expect(again.texts()).toEqual(['1', '2', '3', '4'])
})

it('keeps what was one too many for a clean member for another one', async () => {
  const slow = await join('clean', {
    ...clean,
    window: 1,
    passing: { maxWaiting: 2, maxWaitingBytes: 1000, maxStalledMs: 1000 },
  })
  const away = await join('one')
  away.disconnect()
  for (const text of ['1', '2', '3', '4', '5']) await run.publish('a/b', text)
  expect(slow.hasGivenUp()).toBe(false)
  const again = await run.connect('one')
  await test.rest()
  expect(again.texts()).toEqual(['4', '5'])
  slow.disconnect()
  await test.rest()
  expect(again.texts()).toEqual(['4', '5', '1', '2', '3'])
  expect(run.drops).toEqual([])
})

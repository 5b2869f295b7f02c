import { expect, it } from 'vitest'
import type { Message } from '../../fabric/in-process/index.ts'
import { openMessages, RetainedLimitError } from './messages.ts'
import { openTestMessages, type TestMessages } from './testing/test-messages.ts'

const accountId = '123456789012'

const message = (topic: string, text: string, more: Partial<Message> = {}): Message => ({
  accountId,
  topic,
  payload: Buffer.from(text),
  qos: 1,
  retain: true,
  ...more,
})

async function textsOf(messages: Pick<TestMessages, 'findRetained'>, ...topics: string[]) {
  const found = await messages.findRetained(accountId, topics)
  return Object.fromEntries(found.map(({ topic, payload }) => [topic, Buffer.from(payload).toString()]))
}

it('delivers at once, and is durable when the promise says so', async () => {
  await using messages = await openTestMessages()
  const heard: string[] = []
  messages.fabric.subscribe(accountId, '#', ({ topic }) => heard.push(topic))
  const retained = messages.publish(message('a', 'x'))
  expect(messages.publish(message('b', 'x', { retain: false }))).toBeUndefined()
  expect(heard).toEqual(['a', 'b'])
  await retained
  expect(await textsOf(await messages.reopened(), 'a', 'b')).toEqual({ a: 'x' })
})

it('is found while it is still on its way to the disk, and replaced by what comes after it', async () => {
  await using messages = await openTestMessages()
  const first = messages.publish(message('a', '1'))
  expect(await textsOf(messages, 'a')).toEqual({ a: '1' })
  const second = messages.publish(message('a', '2'))
  const third = messages.publish(message('a', '3'))
  expect(await textsOf(messages, 'a')).toEqual({ a: '3' })
  await Promise.all([first, second, third])
  expect(await textsOf(messages, 'a')).toEqual({ a: '3' })
  expect(await textsOf(await messages.reopened(), 'a')).toEqual({ a: '3' })
})

it.each([
  ['before the first is written', false],
  ['after it', true],
])('is deleted by an empty payload %s', async (_title, waits) => {
  await using messages = await openTestMessages()
  const written = messages.publish(message('a', '1'))
  if (waits) await written
  const deleted = messages.publish(message('a', ''))
  expect(await textsOf(messages, 'a')).toEqual({})
  await Promise.all([written, deleted])
  expect(await textsOf(await messages.reopened(), 'a')).toEqual({})
  await messages.publish(message('a', '2'))
  expect(await textsOf(messages, 'a')).toEqual({ a: '2' })
})

it('keeps a copy: the publisher may use its buffer again', async () => {
  await using messages = await openTestMessages()
  const payload = Buffer.from('good')
  const retained = messages.publish(message('a', '', { payload }))
  payload.write('evil')
  await retained
  expect(await textsOf(messages, 'a')).toEqual({ a: 'good' })
})

it('keeps properties, accounts, and bytes as they are', async () => {
  await using messages = await openTestMessages()
  const properties = {
    contentType: 'a/b',
    correlationData: Buffer.from([0, 255]),
    payloadFormatIndicator: true,
    userProperties: [
      ['k', '1'],
      ['__proto__', 'x'],
      ['k', '2'],
    ] as const,
  }
  const payload = Buffer.from([0, 255, 0])
  await messages.publish(message('a', '', { payload, qos: 0, properties }))
  await messages.publish(message('a', 'other', { accountId: '210987654321' }))
  const [found] = await (await messages.reopened()).findRetained(accountId, ['a'])
  expect(found).toMatchObject({ topic: 'a', qos: 0, properties })
  expect(Buffer.from(found?.payload ?? [])).toEqual(payload)
})

it.each([
  [1, 1],
  [604_800, 604_800],
  [4_000_000_000, 4_000_000_000],
])('forgets a message with an expiry of %i s after %i s', async (messageExpiryInterval, seconds) => {
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  await using messages = await openTestMessages({ now: () => clock.now })
  const start = clock.now.getTime()
  await messages.publish(message('a', 'x', { properties: { messageExpiryInterval } }))
  await messages.publish(message('b', 'x'))
  const list = async () =>
    (await messages.listRetained(accountId, { limit: 10 })).map((summary) => summary.topic)
  clock.now = new Date(start + seconds * 1000 - 1)
  expect(await textsOf(messages, 'a', 'b')).toEqual({ a: 'x', b: 'x' })
  expect(await list()).toEqual(['a', 'b'])
  clock.now = new Date(start + seconds * 1000)
  expect(await textsOf(messages, 'a', 'b')).toEqual({ b: 'x' })
  expect(await list()).toEqual(['b'])
  expect(await textsOf(await messages.reopened(), 'a', 'b')).toEqual({ b: 'x' })
})

it('publishes nothing that it has no room to retain', async () => {
  await using messages = await openTestMessages({ limits: { maxMessages: 2 } })
  const heard: string[] = []
  messages.fabric.subscribe(accountId, '#', ({ topic }) => heard.push(topic))
  await messages.publish(message('a', '1'))
  await messages.publish(message('b', '1'))
  await expect(messages.publish(message('c', '1'))).rejects.toThrow(RetainedLimitError)
  await messages.publish(message('c', ''))
  await messages.publish(message('a', '2'))
  await messages.publish(message('c', '1', { accountId: '210987654321' }))
  await messages.publish(message('b', ''))
  await messages.publish(message('c', '2'))
  expect(await textsOf(messages, 'a', 'b', 'c')).toEqual({ a: '2', c: '2' })
  expect(heard).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
})

it('makes room by what has expired', async () => {
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  await using messages = await openTestMessages({ now: () => clock.now, limits: { maxMessages: 1 } })
  await messages.publish(message('a', '1', { properties: { messageExpiryInterval: 1 } }))
  clock.now = new Date(clock.now.getTime() + 1000)
  await expect(messages.publish(message('b', '1'))).rejects.toThrow(RetainedLimitError)
  await expect
    .poll(() =>
      messages.publish(message('b', '1'))?.then(
        () => 'kept',
        () => 'refused',
      ),
    )
    .toBe('kept')
})

it('forgets what has expired in short transactions, as others wait behind each', async () => {
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  await using messages = await openTestMessages({ now: () => clock.now })
  const properties = { messageExpiryInterval: 1 }
  const topics = Array.from({ length: 250 }, (_, number) => `expiring/${number}`)
  await Promise.all(topics.map(async (topic) => messages.publish(message(topic, 'x', { properties }))))
  await messages.publish(message('kept', 'x'))
  clock.now = new Date(clock.now.getTime() + 1000)
  const left: number[] = []
  const store = {
    ...messages.store,
    async transact(work: Parameters<typeof messages.store.transact>[0]) {
      const done = await messages.store.transact(work)
      left.push((await store.read.selectFrom('retained_messages').select('topic').execute()).length)
      return done
    },
  } as typeof messages.store
  await openMessages({ store, fabric: messages.fabric, now: () => clock.now })
  expect(left).toEqual([151, 51, 1])
})

it('takes no more than it can write', async () => {
  await using messages = await openTestMessages({ limits: { maxPendingBytes: 10 } })
  const first = messages.publish(message('a', '12345678'))
  await expect(messages.publish(message('b', '123'))).rejects.toThrow(RetainedLimitError)
  const second = messages.publish(message('b', '12'))
  await Promise.all([first, second])
  await messages.publish(message('c', '1234567890'))
  expect(await textsOf(messages, 'a', 'b', 'c')).toEqual({ a: '12345678', b: '12', c: '1234567890' })
})

it('tells when a message could not be written, and goes on', async () => {
  await using messages = await openTestMessages()
  let isBroken = true
  const store = {
    ...messages.store,
    transact: (work: Parameters<typeof messages.store.transact>[0]) =>
      isBroken ? Promise.reject(new Error('the disk is full')) : messages.store.transact(work),
  } as typeof messages.store
  isBroken = false
  const own = await openMessages({ store, fabric: messages.fabric, now: () => new Date() })
  await own.publish(message('a', '1'))
  isBroken = true
  await expect(own.publish(message('a', ''))).rejects.toThrow('the disk is full')
  await expect(own.publish(message('b', '1'))).rejects.toThrow('the disk is full')
  isBroken = false
  expect(await textsOf(own, 'a', 'b')).toEqual({ a: '1' })
  await own.publish(message('b', '2'))
  expect(await textsOf(own, 'a', 'b')).toEqual({ a: '1', b: '2' })
})

it('gives a service that is offered the requests for it, and nobody else', async () => {
  await using messages = await openTestMessages()
  const heard: string[] = []
  for (const filter of ['#', '$aws/certificates/#'])
    messages.fabric.subscribe(accountId, filter, ({ topic }) => heard.push(topic))
  const served: string[] = []
  const offered = messages.serve('$aws/certificates/create/+', ({ topic }) => void served.push(topic))
  const say = (topic: string) => messages.publish(message(topic, 'x', { retain: false }))
  const request = '$aws/certificates/create/json'
  for (const topic of [request, `${request}/accepted`, '$aws/certificates/create', 'a']) await say(topic)
  expect(served).toEqual([request])
  expect(heard).toEqual([`${request}/accepted`, '$aws/certificates/create', 'a'])
  offered[Symbol.dispose]()
  await say(request)
  expect(heard.at(-1)).toBe(request)
})

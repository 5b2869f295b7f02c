import { array, assert, constantFrom, property } from 'fast-check'
import { expect, it } from 'vitest'
import { matchesTopicFilter } from '../../lib/topic-filter.ts'
import type { Change, Message } from './fabric.ts'
import { createLocalFabric } from './local.ts'
import { TopicTrie } from './topic-trie.ts'

const message = (topic: string, accountId = 'one'): Message => ({
  accountId,
  topic,
  payload: new Uint8Array(),
  qos: 0,
  retain: false,
})

it('delivers to every filter that matches, in the order of subscription', () => {
  const fabric = createLocalFabric()
  const heard: string[] = []
  for (const filter of ['a/#', 'b/+', 'a/b', '+/b', '#'])
    fabric.subscribe('one', filter, () => heard.push(filter))
  void fabric.publish(message('a/b'))
  void fabric.publish(message('a/b'))
  expect(heard).toEqual(['a/#', 'a/b', '+/b', '#', 'a/#', 'a/b', '+/b', '#'])
})

it('keeps accounts apart', () => {
  const fabric = createLocalFabric()
  const heard: Message[] = []
  fabric.subscribe('two', '#', (received) => heard.push(received))
  void fabric.publish(message('a'))
  expect(heard).toEqual([])
})

it.each([
  ['a/b', 'a/b', true],
  ['a/#', 'a/b', true],
  ['+/b', 'a/b', true],
  ['a/b/c', 'a/b', false],
  ['a/#', 'b', false],
  ['#', '$aws/events', false],
])('says whether anyone would get a message: %s and %s, %s', (filter, topic, expected) => {
  const fabric = createLocalFabric()
  expect(fabric.hasSubscribers('one', topic)).toBe(false)
  const subscription = fabric.subscribe('one', filter, () => {})
  expect(fabric.hasSubscribers('one', topic)).toBe(expected)
  expect(fabric.hasSubscribers('two', topic)).toBe(false)
  subscription[Symbol.dispose]()
  expect(fabric.hasSubscribers('one', topic)).toBe(false)
})

it.each(['a/b', 'a/+', '#'])('forgets who matched when %s comes and goes', (filter) => {
  const fabric = createLocalFabric()
  const heard: string[] = []
  void fabric.publish(message('a/b'))
  const subscription = fabric.subscribe('one', filter, ({ topic }) => heard.push(topic))
  void fabric.publish(message('a/b'))
  subscription[Symbol.dispose]()
  subscription[Symbol.dispose]()
  void fabric.publish(message('a/b'))
  expect(heard).toEqual(['a/b'])
})

it('delivers nothing to who leaves while the message is on its way', () => {
  const fabric = createLocalFabric()
  const heard: string[] = []
  fabric.subscribe('one', 'a', () => second[Symbol.dispose]())
  const second = fabric.subscribe('one', 'a', () => heard.push('second'))
  void fabric.publish(message('a'))
  expect(heard).toEqual([])
})

it('delivers to the others when one receiver throws', () => {
  const errors: unknown[] = []
  const fabric = createLocalFabric({ onError: (cause) => errors.push(cause) })
  const heard: string[] = []
  fabric.subscribe('one', 'a', () => {
    throw new Error('broken')
  })
  fabric.subscribe('one', 'a', () => heard.push('second'))
  void fabric.publish(message('a'))
  expect(heard).toEqual(['second'])
  expect(errors).toMatchObject([{ message: 'broken' }])
})

it.each([
  [false, ['a/b', '#']],
  [true, ['a/b/#', 'a/b', '#']],
])('matches the parent of # only when told to: %s', (doesHashMatchParent, expected) => {
  const fabric = createLocalFabric({ doesHashMatchParent })
  const heard: string[] = []
  for (const filter of ['a/b/#', 'a/b', '#', 'a/b/c/#', '+/b/c/#', 'b/#', '$x/#'])
    fabric.subscribe('one', filter, () => heard.push(filter))
  void fabric.publish(message('a/b'))
  expect(heard).toEqual(expected)
})

it('gives no promise when nobody has to make the message durable', () => {
  const fabric = createLocalFabric()
  expect(fabric.publish(message('a'))).toBeUndefined()
  fabric.subscribe('one', 'a', () => 1)
  expect(fabric.publish(message('a'))).toBeUndefined()
})

it('waits for every receiver that makes the message durable', async () => {
  const fabric = createLocalFabric()
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  let isDone = false
  for (const { promise } of [first, second]) fabric.subscribe('one', 'a', () => promise)
  const published = fabric.publish(message('a'))?.then(() => (isDone = true))
  second.resolve()
  await second.promise
  await Promise.resolve()
  expect(isDone).toBe(false)
  first.resolve()
  await published
  expect(isDone).toBe(true)
})

it('rejects when one receiver could not make the message durable, after the others have', async () => {
  const errors: unknown[] = []
  const fabric = createLocalFabric({ onError: (cause) => errors.push(cause) })
  const late = Promise.withResolvers<void>()
  let isLateDone = false
  fabric.subscribe('one', 'a', () => Promise.reject(new Error('disk full')))
  fabric.subscribe('one', 'a', () => late.promise.then(() => void (isLateDone = true)))
  const published = fabric.publish(message('a'))
  late.resolve()
  await expect(published).rejects.toThrow('disk full')
  expect(isLateDone).toBe(true)
  expect(errors).toMatchObject([{ message: 'disk full' }])
})

it('waits with an announcement until every listener has taken it in', async () => {
  const errors: unknown[] = []
  const fabric = createLocalFabric({ onError: (cause) => errors.push(cause) })
  const taken: Change[] = []
  fabric.onChange(async (change) => {
    await Promise.resolve()
    taken.push(change)
  })
  fabric.onChange(() => {
    throw new Error('broken')
  })
  const left = fabric.onChange((change) => void taken.push(change))
  left[Symbol.dispose]()
  const change = { accountId: 'one', kind: 'thing', id: 'lamp' } as const
  await fabric.announce(change, { ...change, id: 'stove' })
  expect(taken.map(({ id }) => id)).toEqual(['lamp', 'stove'])
  expect(errors.length).toBe(2)
})

it('finds in the tree what matching one by one finds', () => {
  const level = constantFrom('a', 'b', '', '$x')
  const topics = array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'))
  const plain = array(constantFrom('a', 'b', '', '+', '$x'), { minLength: 1, maxLength: 4 })
  const filters = array(plain.chain((levels) => constantFrom(levels, [...levels.slice(1), '#']))).map((all) =>
    all.map((levels) => levels.join('/')),
  )
  assert(
    property(filters, filters, topics, (kept, removed, topic) => {
      const trie = new TopicTrie<string>()
      const undo = removed.map((filter) => trie.add(filter, `removed ${filter}`))
      for (const filter of kept) trie.add(filter, filter)
      trie.match(topic)
      for (const remove of undo) remove()
      expect(trie.match(topic)).toEqual(kept.filter((filter) => matchesTopicFilter(filter, topic)))
    }),
  )
})

it('reaches as many receivers of one filter as there are', () => {
  const trie = new TopicTrie<number>()
  const many = 400_000
  for (let index = 0; index < many; index++) trie.add(index % 2 === 0 ? 'news' : '#', index)
  expect(trie.match('news')).toHaveLength(many)
  expect(trie.hasMatch('news')).toBe(true)
})

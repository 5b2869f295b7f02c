import { array, assert, constantFrom, property } from 'fast-check'
import { expect, it } from 'vitest'
import { matchesTopicFilter } from '../lib/topic-filter.ts'
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
  fabric.publish(message('a/b'))
  fabric.publish(message('a/b'))
  expect(heard).toEqual(['a/#', 'a/b', '+/b', '#', 'a/#', 'a/b', '+/b', '#'])
})

it('keeps accounts apart', () => {
  const fabric = createLocalFabric()
  const heard: Message[] = []
  fabric.subscribe('two', '#', (received) => heard.push(received))
  fabric.publish(message('a'))
  expect(heard).toEqual([])
})

it.each(['a/b', 'a/+', '#'])('forgets who matched when %s comes and goes', (filter) => {
  const fabric = createLocalFabric()
  const heard: string[] = []
  fabric.publish(message('a/b'))
  const subscription = fabric.subscribe('one', filter, ({ topic }) => heard.push(topic))
  fabric.publish(message('a/b'))
  subscription[Symbol.dispose]()
  subscription[Symbol.dispose]()
  fabric.publish(message('a/b'))
  expect(heard).toEqual(['a/b'])
})

it('delivers nothing to who leaves while the message is on its way', () => {
  const fabric = createLocalFabric()
  const heard: string[] = []
  fabric.subscribe('one', 'a', () => second[Symbol.dispose]())
  const second = fabric.subscribe('one', 'a', () => heard.push('second'))
  fabric.publish(message('a'))
  expect(heard).toEqual([])
})

it('delivers to the others when one receiver throws', () => {
  const errors: unknown[] = []
  const fabric = createLocalFabric((cause) => errors.push(cause))
  const heard: string[] = []
  fabric.subscribe('one', 'a', () => {
    throw new Error('broken')
  })
  fabric.subscribe('one', 'a', () => heard.push('second'))
  fabric.publish(message('a'))
  expect(heard).toEqual(['second'])
  expect(errors).toMatchObject([{ message: 'broken' }])
})

it('waits with an announcement until every listener has taken it in', async () => {
  const errors: unknown[] = []
  const fabric = createLocalFabric((cause) => errors.push(cause))
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

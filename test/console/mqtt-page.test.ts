/** What the MQTT test client keeps and shows, without a browser. */
import { describe, expect, it } from 'vitest'
import { fromHex, showPayload } from '../../console/src/pages/mqtt/payload.ts'
import { matchesFilter } from '../../console/src/pages/mqtt/topic-filter.ts'
import { toTree } from '../../console/src/pages/mqtt/topic-tree.ts'
import { rateAt, Traffic } from '../../console/src/pages/mqtt/traffic.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const message = (topic: string, text = 'x', at = 0) => ({
  at,
  topic,
  payload: bytes(text),
  qos: 0 as const,
  isRetained: false,
  properties: undefined,
})

describe('a subscription brought a message', () => {
  it.each([
    ['a/b', 'a/b'],
    ['a/+', 'a/b'],
    ['+/b', 'a/b'],
    ['#', 'a/b'],
    ['a/#', 'a/b/c'],
    ['$share/group/a/+', 'a/b'],
    ['$aws/#', '$aws/things'],
    ['+', ''],
  ])('%s: %s', (filter, topic) => expect(matchesFilter(filter, topic)).toBe(true))

  it.each([
    ['a/b', 'a/c'],
    ['a/+', 'a/b/c'],
    ['a/+', 'a'],
    ['#', '$aws/things'],
    ['+/things', '$aws/things'],
    ['a', 'a/b'],
    ['$share/group/a', 'b'],
  ])('not %s: %s', (filter, topic) => expect(matchesFilter(filter, topic)).toBe(false))
})

describe('a payload', () => {
  it.each([
    ['json', '{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'],
    ['json', 'no json', 'no json'],
    ['text', '{"a":1}', '{"a":1}'],
    ['text', 'two\nlines', 'two\nlines'],
    ['text', 'a\u202Eb\u0000', 'a\\u202eb\\u0000'],
    ['json', '"\u2066"', '"\\u2066"'],
    ['hex', 'az\u00FF', `000000  61 7a c3 bf${' '.repeat(38)}az..`],
  ] as const)('as %s: %j', (view, text, expected) => expect(showPayload(bytes(text), view)).toBe(expected))

  it('is cut where it is long', () => {
    expect(showPayload(bytes('y'.repeat(20_000)), 'json')).toMatch(/y\n… and 3616 bytes more$/)
  })

  it.each([
    ['7b 7D', [0x7b, 0x7d]],
    ['', []],
  ])('is read from %j', (text, expected) => expect([...fromHex(text)!]).toEqual(expected))

  it.each(['7', 'zz', '7b 7'])('is not read from %j', (text) => expect(fromHex(text)).toBeUndefined())
})

describe('what came is kept', () => {
  it('up to so many messages, and counted beyond', () => {
    const traffic = new Traffic({ maxMessages: 2, maxBytes: 10_000, maxTopics: 10 })
    for (const text of ['1', '2', '3']) traffic.add(message('a', text))
    expect(traffic.messages.map(({ id }) => id)).toEqual([2, 3])
    expect(traffic.total).toBe(3)
    expect(traffic.topics).toMatchObject([{ topic: 'a', count: 3 }])
  })

  it('up to so many bytes, the newest in any case', () => {
    const traffic = new Traffic({ maxMessages: 100, maxBytes: 1000, maxTopics: 10 })
    for (let count = 0; count < 9; count += 1) traffic.add(message('a', 'y'.repeat(300)))
    expect(traffic.messages).toHaveLength(1)
    traffic.add(message('a', 'y'.repeat(5000)))
    expect(traffic.messages).toHaveLength(1)
    traffic.add(message('a', 'y'))
    expect(traffic.messages.map(({ id }) => id)).toEqual([11])
  })

  it('for so many topics; others are said to be there', () => {
    const traffic = new Traffic({ maxMessages: 9, maxBytes: 10_000, maxTopics: 2 })
    for (const topic of ['a', 'b', 'c', 'c', 'a']) traffic.add(message(topic))
    expect(traffic.topics.map(({ topic }) => topic)).toEqual(['a', 'b'])
    expect(traffic.unlisted).toBe(2)
  })

  it('with a rate that rises and fades', () => {
    const traffic = new Traffic()
    for (let at = 0; at <= 60_000; at += 100) traffic.add(message('a', 'x', at))
    const [stats] = traffic.topics
    expect(rateAt(stats!, 60_000)).toBeCloseTo(10, 0)
    expect(rateAt(stats!, 120_000)).toBeLessThan(0.1)
  })

  it('as a tree that sums up what is below', () => {
    const traffic = new Traffic()
    for (const topic of ['a/b', 'a/c/d', 'a', '/x']) traffic.add(message(topic))
    const tree = toTree(traffic.topics, 0)
    expect(tree).toMatchObject([
      { level: '', count: 1, children: [{ path: '/x', level: 'x', stats: { count: 1 } }] },
      { level: 'a', count: 3, children: [{ level: 'b' }, { level: 'c', children: [{ path: 'a/c/d' }] }] },
    ])
  })
})

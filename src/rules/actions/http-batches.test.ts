import { beforeEach, describe, expect, it } from 'vitest'
import { HttpBatches, type StartTimer } from './http-batches.ts'

let sent: string[]
let timers: { callback: () => void; ms: number }[]
beforeEach(() => {
  sent = []
  timers = []
})

const startTimer: StartTimer = (callback, ms) => {
  const timer = { callback, ms }
  timers.push(timer)
  return () => void (timers = timers.filter((one) => one !== timer))
}
const ring = () => timers.forEach(({ callback }) => callback())
const to = (topic: string, url = 'http://a') => ({ topic, url })
const open = (config: ConstructorParameters<typeof HttpBatches>[0]) => {
  const batches = new HttpBatches(config, startTimer)
  return (item: string, target = to('t')) =>
    batches.join(target, Buffer.from(item), async (body) => void sent.push(Buffer.from(body).toString()))
}

describe('messages that go together', () => {
  it('wait so long as the rule says, and are one array then', async () => {
    const join = open({ maxBatchOpenMs: 55 })
    const all = ['1', '{"a":2}', '"x"'].map((item) => join(item))
    expect(sent).toEqual([])
    expect(timers.map(({ ms }) => ms)).toEqual([55])
    ring()
    await Promise.all(all)
    expect(sent).toEqual(['[1,{"a":2},"x"]'])
    expect(timers).toEqual([])
  })

  it.each([
    ['so many', { maxBatchSize: 2 }, ['1', '2', '3'], ['[1,2]']],
    ['as many as by default', {}, '0 1 2 3 4 5 6 7 8 9 0'.split(' '), ['[0,1,2,3,4,5,6,7,8,9]']],
    ['so many bytes, brackets and commas with them', { maxBatchSizeBytes: 7 }, ['1', '2', '3'], ['[1,2,3]']],
    ['no more bytes than allowed', { maxBatchSizeBytes: 7 }, ['123', '456', '7'], ['[123]', '[456,7]']],
    ['alone what is too large', { maxBatchSizeBytes: 4 }, ['1', '"long"', '2'], ['[1]', '["long"]']],
  ])('are %s', (_, config, items, expected) => {
    const join = open(config)
    for (const item of items) void join(item)
    expect(sent).toEqual(expected)
  })

  it.each([
    ['of one topic', {}, to('u'), ['[1]', '[2]']],
    ['of all topics where the rule says so', { batchAcrossTopics: true }, to('u'), ['[1,2]']],
    ['to one URL', { batchAcrossTopics: true }, to('t', 'http://b'), ['[1]', '[2]']],
  ])('are those %s', (_, config, other, expected) => {
    const join = open(config)
    void join('1')
    void join('2', other)
    ring()
    expect(sent).toEqual(expected)
  })

  it('wait 20 ms by default', () => {
    void open({})('1')
    expect(timers.map(({ ms }) => ms)).toEqual([20])
  })

  it('fail together', async () => {
    const batches = new HttpBatches({ maxBatchSize: 2 }, startTimer)
    const outcomes = await Promise.allSettled([
      batches.join(to('t'), Buffer.from('1'), () => Promise.reject(new Error('not asked'))),
      batches.join(to('t'), Buffer.from('2'), () => Promise.reject(new Error('the last one is'))),
    ])
    expect(outcomes.map((one) => (one.status === 'rejected' ? String(one.reason) : one.status))).toEqual([
      'Error: the last one is',
      'Error: the last one is',
    ])
  })
})

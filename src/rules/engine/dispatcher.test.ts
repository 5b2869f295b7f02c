import { afterEach, describe, expect, it } from 'vitest'
import type { ActiveRule } from './active-rule.ts'
import { toArrival } from './arrival.ts'
import { Dispatcher, type DispatcherOptions, type Work } from './dispatcher.ts'

const now = new Date('2026-01-02T03:04:05Z')
const ruleNamed = (ruleName: string, accountId = '000000000000') =>
  ({ identity: { accountId, ruleName, ruleArn: ruleName } }) as ActiveRule
const work = (rule: ActiveRule, topic: string, size = 1): Work => {
  const { accountId } = rule.identity
  const message = { accountId, topic, payload: new Uint8Array(size), qos: 0 as const, retain: false }
  return { rule, arrival: toArrival(message, now) }
}
const topicsOf = (works: readonly Work[]) => works.map(({ arrival }) => arrival.message.topic)

let dispatcher: Dispatcher | undefined
afterEach(() => dispatcher?.[Symbol.asyncDispose]())

function start(limits: DispatcherOptions['limits'] = {}) {
  const ran: Work[] = []
  const overflows: [string, number][] = []
  const finish: (() => void)[] = []
  dispatcher = new Dispatcher({
    run: async (item) => {
      ran.push(item)
      await new Promise<void>((resolve) => void finish.push(resolve))
    },
    onOverflow: ({ rule }, dropped) => void overflows.push([rule.identity.ruleName, dropped]),
    limits,
  })
  const turn = () => new Promise((resolve) => void setImmediate(resolve))
  /** Lets everything that runs come to its end, until there is nothing. */
  const finishAll = async () => {
    const idle = dispatcher?.idle()
    let isIdle = false
    void idle?.then(() => (isIdle = true))
    while (!isIdle) {
      for (const end of finish.splice(0)) end()
      await turn()
    }
  }
  return { dispatcher, ran, overflows, turn, finishAll }
}

describe('the queue of the rules engine', () => {
  it('runs nothing within the call that offers it', async () => {
    const { dispatcher, ran, finishAll } = start()
    dispatcher.offer(work(ruleNamed('a'), 'x'))
    expect(ran).toEqual([])
    await finishAll()
    expect(ran).toHaveLength(1)
  })

  it('tells how many messages wait, of all accounts, and not those that run', async () => {
    const { dispatcher, turn, finishAll } = start({ runningARule: 1 })
    expect(dispatcher.waiting).toBe(0)
    for (const account of ['000000000000', '111111111111'])
      for (const topic of ['1', '2', '3']) dispatcher.offer(work(ruleNamed('a', account), topic))
    expect(dispatcher.waiting).toBe(6)
    await turn()
    expect(dispatcher.waiting).toBe(4)
    await finishAll()
    expect(dispatcher.waiting).toBe(0)
  })

  it('is idle when there is nothing', async () => {
    await expect(start().dispatcher.idle()).resolves.toBeUndefined()
  })

  it('serves rules in rotation, so a busy one does not hold up another', async () => {
    const { dispatcher, ran, finishAll } = start()
    for (const topic of ['1', '2', '3']) dispatcher.offer(work(ruleNamed('busy'), topic))
    dispatcher.offer(work(ruleNamed('calm'), 'calm'))
    await finishAll()
    expect(topicsOf(ran)).toEqual(['1', 'calm', '2', '3'])
  })

  it('runs another rule while the actions of one are under way', async () => {
    const { dispatcher, ran, turn, finishAll } = start({ runningARule: 1 })
    dispatcher.offer(work(ruleNamed('slow'), '1'))
    dispatcher.offer(work(ruleNamed('slow'), '2'))
    await turn()
    dispatcher.offer(work(ruleNamed('quick'), 'quick'))
    await turn()
    expect(topicsOf(ran)).toEqual(['1', 'quick'])
    await finishAll()
    expect(topicsOf(ran)).toEqual(['1', 'quick', '2'])
  })

  it.each([
    ['as many messages of a rule wait as may', { waitingARule: 2 }],
    ['as many messages of an account wait as may', { waitingAnAccount: 2 }],
    ['as many bytes of an account wait as may', { waitingBytesAnAccount: 2 }],
  ])('drops a message and tells when %s', async (_, limits) => {
    const { dispatcher, ran, overflows, finishAll } = start(limits)
    for (const topic of ['1', '2', '3', '4']) dispatcher.offer(work(ruleNamed('a'), topic))
    expect([dispatcher.dropped, overflows]).toEqual([2, [['a', 1]]])
    await finishAll()
    expect(topicsOf(ran)).toEqual(['1', '2'])
    expect(overflows).toEqual([
      ['a', 1],
      ['a', 2],
    ])
  })

  it('keeps the room of another rule and another account', async () => {
    const { dispatcher, ran, finishAll } = start({ waitingARule: 1, waitingAnAccount: 2 })
    dispatcher.offer(work(ruleNamed('a'), 'a1'))
    dispatcher.offer(work(ruleNamed('a'), 'a2'))
    dispatcher.offer(work(ruleNamed('b'), 'b1'))
    dispatcher.offer(work(ruleNamed('a', '111122223333'), 'other'))
    await finishAll()
    expect(topicsOf(ran)).toEqual(['a1', 'b1', 'other'])
  })

  it('never drops what is precious, however full it is', async () => {
    const { dispatcher, ran, finishAll } = start({
      waitingAnAccount: 0,
      waitingARule: 0,
      waitingBytesAnAccount: 0,
    })
    for (let at = 0; at < 300; at++) dispatcher.offer(work(ruleNamed('a'), `${at}`), { isPrecious: true })
    await finishAll()
    expect([ran.length, dispatcher.dropped]).toEqual([300, 0])
  })

  it('has room again once the waiting has run', async () => {
    const { dispatcher, ran, finishAll } = start({ waitingAnAccount: 1 })
    for (const topic of ['1', '2']) {
      dispatcher.offer(work(ruleNamed('a'), topic))
      await finishAll()
    }
    expect(topicsOf(ran)).toEqual(['1', '2'])
  })

  it('finishes what it has when it is disposed of, and takes no more', async () => {
    const { dispatcher, ran, finishAll } = start()
    dispatcher.offer(work(ruleNamed('a'), '1'))
    const disposed = dispatcher[Symbol.asyncDispose]()
    dispatcher.offer(work(ruleNamed('a'), '2'))
    await finishAll()
    await disposed
    expect(topicsOf(ran)).toEqual(['1'])
  })
})

describe('a message that waits', () => {
  it('does not keep the large buffer that it is a part of', () => {
    const payload = new Uint8Array(65_536).subarray(10, 20)
    const message = { accountId: '000000000000', topic: 't', payload, qos: 0 as const, retain: false }
    expect(toArrival(message, now).message.payload.buffer.byteLength).toBe(10)
  })
})

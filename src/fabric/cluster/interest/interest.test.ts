import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLocalFabric, type Fabric } from '../../in-process/index.ts'
import { OwnInterest } from './own-interest.ts'
import { PeersInterest } from './peers-interest.ts'
import { Teller } from './teller.ts'
import type { Telling } from './telling.ts'

const account = '000000000000'
const retryMs = { untaken: 0, unanswered: 0 }
const idle = async (turns = 30) => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
}

/** Node a, where somebody listens, and node b, which is told on a line that loses what the test wants it to. */
function open({ maxTexts = 100 } = {}) {
  const own = new OwnInterest({ maxTexts })
  const [clients, kept] = [own.watch(createLocalFabric(), 'clients'), own.watch(createLocalFabric(), 'kept')]
  const peers = new PeersInterest()
  const line = { losesQuestion: () => false, losesAnswer: () => false, gate: Promise.resolve() }
  const tellings: Telling[] = []
  const tell = async (telling: Telling) => {
    tellings.push(telling)
    await line.gate
    if (line.losesQuestion()) return undefined
    const isTaken = peers.take(telling)
    return line.losesAnswer() ? undefined : isTaken
  }
  peers.heardOf([{ nodeName: 'a', epoch: 1 }])
  const teller = new Teller({ own, nodeName: 'a', epoch: 1, tell, retryMs })
  own.onChange = (key) => teller.changed(key)
  const wants = (topic: string, qos: 0 | 1 = 0) =>
    peers.wanting({ accountId: account, topic, qos }).length > 0
  return { clients, kept, peers, line, tellings, teller, wants }
}

const listen = (fabric: Fabric, filter: string) => fabric.subscribe(account, filter, () => {})

describe('a node that was told', () => {
  it('sends what is listened to, and nothing else', async () => {
    const { clients, wants, teller } = open()
    const one = listen(clients, 'a/b')
    listen(clients, 'c/#')
    listen(clients, 'd/+/e')
    await teller.told()
    expect(['a/b', 'c/x/y', 'd/1/e', 'a', 'a/b/c', 'd/1/f', 'e'].filter((topic) => wants(topic))).toEqual([
      'a/b',
      'c/x/y',
      'd/1/e',
    ])
    one[Symbol.dispose]()
    await teller.told()
    expect(wants('a/b')).toBe(false)
  })

  it('goes on sending while one of two listens, and one that ends twice ends once', async () => {
    const { clients, wants, teller } = open()
    const [one, other] = [listen(clients, 'a/+'), listen(clients, 'a/+')]
    one[Symbol.dispose]()
    one[Symbol.dispose]()
    await teller.told()
    expect(wants('a/b')).toBe(true)
    other[Symbol.dispose]()
    await teller.told()
    expect(wants('a/b')).toBe(false)
  })

  it('sends QoS 0 alone for sessions that have the rest from the database', async () => {
    const { kept, wants, teller } = open()
    listen(kept, 'a/b')
    await teller.told()
    expect([wants('a/b', 0), wants('a/b', 1)]).toEqual([true, false])
  })

  it('sends what begins alike where filters are too many to be told in full', async () => {
    const { clients, wants, teller } = open({ maxTexts: 1 })
    listen(clients, 'a/+/x')
    const second = listen(clients, 'b/+/x')
    await teller.told()
    expect(['a/1/x', 'a/1/y', 'b/1/x', 'b/1/y'].map((topic) => wants(topic))).toEqual([
      true,
      false,
      true,
      true,
    ])
    second[Symbol.dispose]()
    await teller.told()
    expect(wants('b/1/x')).toBe(false)
  })
})

describe('a node that does not know', () => {
  it('sends everything before it is told', () => expect(open().wants('a')).toBe(true))

  it('is told nothing of a node that has begun anew, and sends it everything', async () => {
    const { peers, wants, teller } = open()
    await teller.told()
    expect(wants('a')).toBe(false)
    peers.heardOf([{ nodeName: 'a', epoch: 2 }])
    expect(wants('a')).toBe(true)
  })

  it('sends nothing to a node that serves no more', () => {
    const { peers, wants } = open()
    peers.heardOf([])
    expect(wants('a')).toBe(false)
  })

  it.each(['b', 'a'])('takes nothing from %s, which it does not know to serve so', (nodeName) => {
    const { peers } = open()
    const none = { numbers: new Int32Array(), texts: [] }
    const epoch = nodeName === 'a' ? 7 : 1
    expect(
      peers.take({ nodeName, epoch, number: 1, begins: true, isWhole: true, wanted: none, unwanted: none }),
    ).toBe(false)
  })

  it('has all told anew when it has missed something', async () => {
    const { clients, wants, teller, tellings, line } = open()
    await teller.told()
    let lost = 1
    line.losesQuestion = () => lost-- > 0
    listen(clients, 'a')
    await idle()
    expect(tellings.map(({ begins }) => begins)).toEqual([true, false, true])
    expect(['a', 'b'].map((topic) => wants(topic))).toEqual([true, false])
  })
})

describe('a client waits for its SUBACK', () => {
  it('until the other node knows', async () => {
    const { clients, wants, teller, line } = open()
    await teller.told()
    expect(teller.told()).toBeUndefined()
    const gate = Promise.withResolvers<void>()
    line.gate = gate.promise
    listen(clients, 'a')
    const told = teller.told()!
    expect(await Promise.race([told.then(() => 'told'), idle().then(() => 'waits')])).toBe('waits')
    gate.resolve()
    await told
    expect(wants('a')).toBe(true)
    expect(teller.told()).toBeUndefined()
  })

  it('no longer for a node that does not answer', async () => {
    const { clients, teller, line } = open()
    line.losesQuestion = () => true
    listen(clients, 'a')
    await teller.told()
    expect(teller.told()).toBeUndefined()
    teller[Symbol.dispose]()
  })

  it('no longer for a node that serves no more', async () => {
    const { clients, teller, line } = open()
    line.gate = new Promise(() => {})
    listen(clients, 'a')
    const told = teller.told()
    teller[Symbol.dispose]()
    await told
    expect(teller.told()).toBeUndefined()
  })

  it('no longer for a node that takes nothing', async () => {
    const { clients, teller, peers } = open()
    peers.heardOf([])
    listen(clients, 'a')
    await teller.told()
    expect(teller.told()).toBeUndefined()
    teller[Symbol.dispose]()
  })
})

it('tells many in several parts, and meanwhile sends everything', async () => {
  const { clients, wants, teller, tellings } = open({ maxTexts: 10_000 })
  for (let device = 0; device < 2500; device++) listen(clients, `a/${device}/+`)
  await teller.told()
  expect(tellings.map(({ isWhole }) => isWhole)).toEqual([false, false, true])
  expect([wants('a/2499/x'), wants('b')]).toEqual([true, false])
})

it('never withholds what is listened to, whatever the line loses, and in the end sends nothing else', async () => {
  const filters = ['a', 'a/b', 'a/#', 'a/+', '+/b', '#'] as const
  const topics = ['a', 'a/b', 'a/b/c', 'c/b', '$a/b']
  const step = fc.record({
    filter: fc.constantFrom(...filters),
    isKept: fc.boolean(),
    does: fc.constantFrom('listen' as const, 'leave' as const, 'wait' as const),
    loses: fc.constantFrom('nothing' as const, 'question' as const, 'answer' as const),
  })
  const run = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    const test = open({ maxTexts: 1 })
    const listening: { filter: string; source: Disposable }[] = []
    const model = createLocalFabric({ doesHashMatchParent: true })
    for (const { filter, isKept, does, loses } of steps) {
      test.line.losesQuestion = () => loses === 'question'
      test.line.losesAnswer = () => loses === 'answer'
      if (does === 'listen') {
        const sources = [listen(isKept ? test.kept : test.clients, filter), listen(model, filter)]
        const source = { [Symbol.dispose]: () => sources.forEach((one) => one[Symbol.dispose]()) }
        listening.push({ filter, source })
      } else if (does === 'leave') listening.pop()?.source[Symbol.dispose]()
      else await idle(2)
    }
    test.line.losesQuestion = test.line.losesAnswer = () => false
    await idle(10)
    expect(test.teller.told()).toBeUndefined()
    const wanted = topics.filter((topic) => model.hasSubscribers(account, topic))
    expect(wanted.filter((topic) => !test.wants(topic))).toEqual([])
    for (const { source } of listening) source[Symbol.dispose]()
    await test.teller.told()
    expect(topics.filter((topic) => test.wants(topic))).toEqual([])
  })
  await fc.assert(run, { numRuns: 60 })
})

/** Shared groups whose members are at two nodes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestNodes, killNode, type TestNodes } from '../testing/test-nodes.ts'
import {
  accountId,
  openTestSessions,
  subscribe,
  type ClientOptions,
  type Run,
  type RunOptions,
  type TestClient,
  type TestSessions,
} from '../testing/test-sessions.ts'

let test: TestSessions
let nodes: TestNodes
let a: Run
let b: Run
/** 0: the first that may be picked; below 1: the last. */
let random: number

const start = (name: string, options: RunOptions = {}) =>
  test.start({ node: nodes.join(name), random: () => random, ...options })

beforeEach(async () => {
  random = 0
  test = await openTestSessions()
  nodes = createTestNodes()
  a = await start('a')
  b = await start('b')
})
afterEach(async () => {
  await Promise.all([a.stop(), b.stop()])
  await test[Symbol.asyncDispose]()
})

const filter = '$share/group/x/+'
const clean = { isCleanStart: true }

async function join(run: Run, clientId: string, options: ClientOptions = {}): Promise<TestClient> {
  const client = await run.connect(clientId, options)
  await subscribe(client, filter)
  return client
}

const kill = (run: Run, name: string) => killNode(name, { run, test, nodes })

const textsOf = (...clients: TestClient[]) => clients.flatMap((client) => client.texts()).toSorted()

const waiting = async () =>
  (await test.store.read.selectFrom('group_messages').select(['node_name', 'payload']).execute()).map(
    ({ node_name: node, payload }) => `${node}:${Buffer.from(payload).toString()}`,
  )

const queued = async () => {
  const row = await test.store.read.selectFrom('group_queues').selectAll().executeTakeFirst()
  return row && { waiting: row.waiting, bytes: row.bytes }
}

describe('a message for a shared group', () => {
  it.each([
    ['sessions that are kept', {}, {}],
    ['a session that is kept, and one that is not', {}, clean],
    ['sessions that are not kept', clean, clean],
  ])('goes to one member, whoever publishes it: %s', async (_title, one, other) => {
    const [first, second] = [await join(a, 'one', one), await join(b, 'two', other)]
    let next = 0
    for (random of [0, 0.9])
      for (const run of [a, b])
        for (const qos of [0, 1] as const) await run.publish('x/1', String(next++), { qos })
    await vi.waitFor(() => expect(textsOf(first, second)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']))
    expect(first.texts()).toHaveLength(4)
    expect(second.texts()).toHaveLength(4)
    await test.rest()
    expect(textsOf(first, second)).toHaveLength(8)
  })

  it('goes to other subscribers too, and to each group once', async () => {
    const member = await join(b, 'one')
    const other = await a.connect('two')
    await subscribe(other, '$share/other/#')
    const plain = await b.connect('three', clean)
    await subscribe(plain, 'x/1')
    const kept = await a.connect('four')
    await subscribe(kept, 'x/1')
    await a.publish('x/1', 'text')
    for (const client of [member, other, plain, kept])
      await vi.waitFor(() => expect(client.texts()).toEqual(['text']))
    await test.rest()
    for (const client of [member, other, plain, kept]) expect(client.texts()).toEqual(['text'])
  })

  it('keeps its order for a member, wherever that goes', async () => {
    let member = await join(a, 'one')
    const expected: string[] = []
    for (let count = 0; count < 20; count++) {
      expected.push(String(count))
      await (count % 3 ? a : b).publish('x/1', String(count))
    }
    await vi.waitFor(() => expect(member.texts()).toEqual(expected))
    member.acknowledgeAll()
    member = await b.connect('one')
    await a.publish('x/1', 'next')
    await b.publish('x/1', 'last')
    await vi.waitFor(() => expect(member.texts()).toEqual(['next', 'last']))
  })

  it('passes over a node whose members may not receive it, or take no more', async () => {
    for (const options of [{ mayReceive: () => false }, { window: 0, isCleanStart: true }]) {
      const first = await join(a, 'one', options)
      const second = await join(b, 'two', clean)
      await b.publish('x/1', 'kept') // A is the first that may be picked
      await vi.waitFor(() => expect(textsOf(first, second)).toEqual(['kept']))
      first.disconnect()
      second.disconnect()
    }
  })

  it('of QoS 0 is passed on by a node that has no member any more, and lost when no other has', async () => {
    const first = await join(a, 'one', clean)
    const second = await join(b, 'two', clean)
    first.disconnect() // B has not heard
    await b.publish('x/1', 'passed on', { qos: 0 })
    expect(second.texts()).toEqual(['passed on'])
    second.disconnect()
    await b.publish('x/1', 'lost', { qos: 0 })
    await test.rest()
    expect(await waiting()).toEqual([])
  })
})

describe('what no member has', () => {
  it('waits while none is connected, for whichever node one comes to', async () => {
    const first = await join(a, 'one')
    first.disconnect()
    await a.publish('x/1', '1')
    await b.publish('x/1', '2')
    await b.publish('x/1', 'of QoS 0', { qos: 0 })
    await vi.waitFor(async () => expect(await queued()).toEqual({ waiting: 2, bytes: 2 }))
    const second = await join(b, 'two', clean)
    await vi.waitFor(() => expect(second.texts()).toEqual(['1', '2']))
    expect(await waiting()).toEqual(['b:1', 'b:2'])
    second.acknowledgeAll()
    await vi.waitFor(async () => expect(await waiting()).toEqual([]))
    expect(await queued()).toEqual({ waiting: 0, bytes: 0 })
  })

  it('is a session’s that comes back, at another node', async () => {
    ;(await join(a, 'one')).disconnect()
    for (const text of ['1', '2', '3']) await a.publish('x/1', text)
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(3))
    const again = await b.connect('one')
    expect(again.isPresent).toBe(true)
    await vi.waitFor(() => expect(again.texts()).toEqual(['1', '2', '3']))
    again.disconnect()
    await vi.waitFor(async () => expect(await waiting()).toEqual([]))
  })

  it('waits no more when no session is left that is kept', async () => {
    const first = await join(a, 'one')
    first.disconnect()
    await a.publish('x/1', 'kept')
    await vi.waitFor(async () => expect(await waiting()).toEqual([':kept']))
    const again = await a.connect('one')
    await vi.waitFor(() => expect(again.texts()).toEqual(['kept']))
    again.session.unsubscribe(filter)
    await test.rest()
    await b.publish('x/1', 'lost')
    await test.rest()
    expect(await waiting()).toEqual([])
  })

  it.each([
    ['drop-newest', ['1', '2']],
    ['drop-oldest', ['2', '3']],
  ] as const)('is no more than may wait: %s', async (whenFull, left) => {
    const c = await start('c', { whenFull, maxStoredMessages: 2 })
    ;(await join(c, 'one')).disconnect()
    for (const text of ['1', '2', '3']) await c.publish('x/1', text)
    await vi.waitFor(() =>
      expect(c.sessions.describe(accountId, 'group/x/+')?.dropped).toEqual({ 'queue-full': 1 }),
    )
    const member = await join(c, 'two', clean)
    await vi.waitFor(() => expect(member.texts()).toEqual(left))
    await c.stop()
  })

  it('expires as its publisher wished', async () => {
    ;(await join(a, 'one')).disconnect()
    await a.publish('x/1', 'short', { properties: { messageExpiryInterval: 10 } })
    await a.publish('x/1', 'long', { properties: { messageExpiryInterval: 60 } })
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(2))
    test.clock.now = new Date(test.clock.now.getTime() + 20_000)
    const member = await join(b, 'two', clean)
    await vi.waitFor(() => expect(member.sent).toMatchObject([{ text: 'long', expirySeconds: 40 }]))
    expect(b.sessions.describe(accountId, 'group/x/+')?.dropped).toEqual({ expired: 1 })
  })

  it('is given at a rate where there is one', async () => {
    ;(await join(a, 'one')).disconnect()
    for (const text of ['1', '2', '3']) await a.publish('x/1', text)
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(3))
    const c = await start('c', { sharedDrainPerSecond: 2 })
    const member = await join(c, 'two', clean)
    await test.rest()
    expect(member.texts()).toEqual([])
    c.sessions.sweep()
    await vi.waitFor(() => expect(member.texts()).toEqual(['1', '2']))
    await c.stop()
  })

  it('of a client that goes without acknowledging it is another one’s, at another node', async () => {
    ;(await join(b, 'kept')).disconnect()
    b.sessions.sweep()
    const first = await join(a, 'one', clean)
    await a.publish('x/1', 'text')
    await vi.waitFor(() => expect(first.texts()).toEqual(['text']))
    const second = await join(b, 'two', clean)
    first.disconnect()
    await vi.waitFor(() => expect(second.texts()).toEqual(['text']))
  })

  it('is found within a second by a node that was not told', async () => {
    const member = await join(b, 'one', { mayReceive: () => false })
    member.disconnect()
    nodes.cutBus()
    await a.publish('x/1', 'text')
    b.sessions.sweep() // A picked B, which has nobody any more
    await vi.waitFor(async () => expect(await waiting()).toEqual([':text']))
    const second = await b.connect('two', clean)
    await subscribe(second, filter)
    await vi.waitFor(() => expect(second.texts()).toEqual(['text']))
    await a.publish('x/1', 'again')
    await vi.waitFor(() => {
      b.sessions.sweep()
      expect(second.texts()).toEqual(['text', 'again'])
    })
  })
})

describe('a node that is killed', () => {
  it('leaves what its clients had not acknowledged to others, and what had waited for it', async () => {
    ;(await join(b, 'kept')).disconnect()
    b.sessions.sweep()
    const first = await join(a, 'one', clean)
    await a.publish('x/1', 'not acknowledged')
    await vi.waitFor(() => expect(first.texts()).toEqual(['not acknowledged']))
    await vi.waitFor(async () => expect(await waiting()).toEqual(['a:not acknowledged']))
    a.crash()
    await b.publish('x/1', 'not read') // nobody knows that A has gone
    await kill(a, 'a')
    expect((await waiting()).toSorted()).toEqual([':not acknowledged', ':not read'])
    const second = await join(b, 'two', clean)
    await vi.waitFor(() => expect(second.texts()).toEqual(['not acknowledged', 'not read']))
  })

  it('leaves nothing to itself when it comes back, and is not picked after its end', async () => {
    await join(a, 'one', clean)
    await join(b, 'kept', { mayReceive: () => false })
    await kill(a, 'a')
    const second = await join(b, 'two', clean)
    await b.publish('x/1', 'after its end') // B has not swept: it still knows of members at A
    await vi.waitFor(() => expect(second.texts()).toEqual(['after its end']))
  })

  it('does not take along a session that another node has taken meanwhile', async () => {
    const first = await join(a, 'one')
    nodes.cutBus()
    const again = await b.connect('one')
    expect(again.isPresent).toBe(true)
    await a.publish('x/1', 'text') // A believes that it has the session
    await vi.waitFor(() => {
      b.sessions.sweep()
      expect(again.texts()).toEqual(['text'])
    })
    expect(first.isReplaced()).toBe(true)
  })
})

describe('a database', () => {
  it('with shared groups comes from a server by itself, and goes back to one, with what waits', async () => {
    await Promise.all([a.stop(), b.stop()])
    await test.store.transact((db) => db.deleteFrom('log_positions').execute())
    const alone = await test.start()
    const first = await join(alone, 'one')
    first.disconnect()
    await alone.publish('x/1', '1')
    await alone.stop()
    a = await start('a')
    await vi.waitFor(async () => expect(await waiting()).toEqual([':1']))
    await a.publish('x/2', '2')
    await vi.waitFor(async () => expect(await queued()).toEqual({ waiting: 2, bytes: 2 }))
    await a.stop()
    const again = await test.start()
    expect(await waiting()).toEqual([])
    const member = await again.connect('one')
    expect(member.isPresent).toBe(true)
    await vi.waitFor(() => expect(member.texts()).toEqual(['1', '2']))
    await again.stop()
  })
})

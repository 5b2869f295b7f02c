import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestNodes, killNode, type TestNodes } from '../testing/test-nodes.ts'
import {
  accountId,
  openTestSessions,
  subscribe,
  turns,
  type Run,
  type TestSessions,
} from '../testing/test-sessions.ts'
import type { Will } from '../session.ts'
import { OwnerLookup } from './owner-lookup.ts'
import { insertOwned } from './owner-store.ts'

let test: TestSessions
let nodes: TestNodes
let a: Run
let b: Run

const start = (name: string) => test.start({ node: nodes.join(name) })

beforeEach(async () => {
  test = await openTestSessions()
  nodes = createTestNodes()
  a = await start('a')
  b = await start('b')
})
afterEach(async () => {
  await Promise.all([a.stop(), b.stop()])
  await test[Symbol.asyncDispose]()
})

const clean = { isCleanStart: true } as const

const kill = (run: Run, name: string) => killNode(name, { run, test, nodes })

const ownersOf = async () =>
  (await test.store.read.selectFrom('sessions').select(['client_id', 'owner_node']).execute()).map(
    ({ client_id: clientId, owner_node: owner }) => `${clientId} ${owner}`,
  )

const will = (delaySeconds: number): Will => ({
  message: { accountId, topic: 'last', payload: Buffer.from('bye'), qos: 1, retain: false, isWill: true },
  delaySeconds,
})

describe('of a client that connects', () => {
  const whetherAsked = async (connecting: () => Promise<unknown>): Promise<boolean> => {
    const asking = vi.spyOn(OwnerLookup.prototype, 'find')
    await connecting()
    const wasAsked = asking.mock.calls.length > 0
    asking.mockRestore()
    return wasAsked
  }

  /** As a node of an older version does. */
  const beginWithoutAWord = (clientId: string) =>
    test.store.transact(async (db) => {
      const times = { expirySeconds: 60, isConnected: false, expiresAt: test.clock.now.getTime() + 60_000 }
      await insertOwned(db, { accountId, clientId, version: 4, sessionId: 999, epoch: 1, ...times }, 'old')
    })

  it('the database is not asked when no node has a session of it', async () => {
    await a.connect('bell')
    await vi.waitFor(async () => expect(await whetherAsked(() => b.connect('lamp', clean))).toBe(false))
    expect(await whetherAsked(() => b.connect('bell', clean))).toBe(true)
  })

  it('every other node knows of the session before the client hears that it has one', async () => {
    await vi.waitFor(async () => expect(await whetherAsked(() => b.connect('fan', clean))).toBe(false))
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x')
    const atB = await b.connect('lamp')
    expect(atB.isPresent).toBe(true)
    await b.connect('lamp', clean)
    expect(await ownersOf()).toEqual([])
  })

  it('the database is asked while a node does not tell of what begins there, and when that is gone, read', async () => {
    await vi.waitFor(async () => expect(await whetherAsked(() => b.connect('fan', clean))).toBe(false))
    nodes.setSilent(true)
    await beginWithoutAWord('lamp')
    b.sessions.sweep()
    await turns()
    expect((await b.connect('lamp')).isPresent).toBe(true)
    await beginWithoutAWord('bell')
    nodes.setSilent(false)
    expect((await b.connect('bell')).isPresent).toBe(true)
    b.sessions.sweep()
    await vi.waitFor(async () => expect(await whetherAsked(() => b.connect('fan', clean))).toBe(false))
    expect(await whetherAsked(() => a.connect('bell', clean))).toBe(true)
  })
})

describe('a session', () => {
  it('goes on at another node, with what it had subscribed to and what had come for it', async () => {
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x/+')
    atA.disconnect()
    await a.publish('x/1', 'one')
    await b.publish('x/2', 'two')
    const atB = await b.connect('lamp')
    expect(atB.isPresent).toBe(true)
    await a.publish('x/3', 'three')
    await b.publish('x/4', 'four')
    await vi.waitFor(() => expect(atB.texts()).toEqual(['one', 'two', 'three', 'four']))
    expect(atB.sent.every(({ isDuplicate }) => !isDuplicate)).toBe(true)
    expect(a.sessions.find(accountId, 'lamp')).toBeUndefined()
    expect(await ownersOf()).toEqual(['lamp b'])
  })

  it('closes its client at the node that had it, and sends again what that one had not acknowledged', async () => {
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x')
    await b.publish('x', 'one')
    await vi.waitFor(() => expect(atA.texts()).toEqual(['one']))
    const atB = await b.connect('lamp')
    expect(atA.isReplaced()).toBe(true)
    await vi.waitFor(() =>
      expect(atB.sent).toMatchObject([{ text: 'one', isDuplicate: true, packetId: atA.sent[0]?.packetId }]),
    )
    atB.acknowledgeAll()
    const again = await a.connect('lamp')
    await a.publish('x', 'two')
    await vi.waitFor(() => expect(again.texts()).toEqual(['two']))
  })

  it('is taken over although the node that had it does not hear', async () => {
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x')
    await a.publish('x', 'one')
    await vi.waitFor(() => expect(atA.texts()).toEqual(['one']))
    await a.sessions.flushed() // what it has sent is written down a moment later
    nodes.cutBus()
    const atB = await b.connect('lamp')
    await vi.waitFor(() => expect(atB.texts()).toEqual(['one']))
    expect(atB.sent[0]?.isDuplicate).toBe(true)
    await vi.waitFor(() => expect(atA.isReplaced()).toBe(true))
    await b.publish('x', 'two')
    await vi.waitFor(() => expect(atB.texts()).toEqual(['one', 'two']))
    expect(await ownersOf()).toEqual(['lamp b'])
  })

  it('gets nothing twice, however often it moves while messages come', async () => {
    let client = await a.connect('lamp')
    await subscribe(client, 'x')
    const publishing = (async () => {
      for (let count = 0; count < 60; count++) await (count % 2 ? a : b).publish('x', String(count))
    })()
    const heard: string[] = []
    for (let move = 0; move < 8; move++) {
      await turns(20)
      heard.push(...client.texts())
      client.acknowledgeAll()
      client = await (move % 2 ? a : b).connect('lamp')
    }
    await publishing
    await a.publish('x', 'last')
    await vi.waitFor(() => expect(client.texts()).toContain('last'))
    heard.push(...client.texts())
    const expected = Array.from({ length: 60 }, (_, at) => String(at))
    expect(heard).toEqual([...expected, 'last'])
  })

  it('is ended at whichever node by a clean start at another', async () => {
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x')
    const atB = await b.connect('lamp', { isCleanStart: true })
    expect(atB.isPresent).toBe(false)
    expect(await ownersOf()).toEqual([])
    atB.disconnect()
    const third = await a.connect('lamp')
    expect(third.isPresent).toBe(false)
  })

  it('is made by one of two nodes that make it at the same moment', async () => {
    const outcomes = await Promise.allSettled([a.connect('lamp'), b.connect('lamp')])
    const clients = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    await vi.waitFor(() => expect(clients.filter((one) => !one.isReplaced())).toHaveLength(1))
    expect(await ownersOf()).toHaveLength(1)
    const again = await b.connect('lamp')
    await subscribe(again, 'x')
    await a.publish('x', 'one')
    await vi.waitFor(() => expect(again.texts()).toEqual(['one']))
  })

  it('keeps what was received with QoS 2 and not released', async () => {
    const atA = await a.connect('lamp')
    const { durable } = atA.session.receive('publish', 7)
    await durable
    const atB = await b.connect('lamp')
    expect(atB.session.hasReceived(7)).toBe(true)
  })

  it('loses a will to a client that comes back elsewhere, unless it was due at once', async () => {
    await a.connect('later', { will: will(60) })
    await a.connect('atOnce', { will: will(0) })
    nodes.cutBus()
    await b.connect('later')
    await b.connect('atOnce')
    expect([...a.published, ...b.published]).toHaveLength(1)
  })
})

describe('messages', () => {
  it('of QoS 0 reach sessions that are kept at all nodes once', async () => {
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x')
    void b.publish('x', 'none', { qos: 0 })
    await a.publish('x', 'one')
    await vi.waitFor(() => expect(atA.texts()).toEqual(['none', 'one']))
  })

  it('reach clean sessions at once, without being written down when nobody else wants them', async () => {
    const atA = await a.connect('lamp', { isCleanStart: true })
    await subscribe(atA, 'x')
    expect(b.publish('x', 'one')).toBeUndefined()
    expect(atA.texts()).toEqual(['one'])
    expect(await test.store.read.selectFrom('message_log').selectAll().execute()).toEqual([])
  })

  it('are written down as long as anybody at any node wants them', async () => {
    const [atA, atB] = [await a.connect('one'), await b.connect('two')]
    await subscribe(atA, 'x')
    await subscribe(atB, 'x')
    await atA.session.unsubscribe('x').durable
    expect(b.publish('x', 'one')).toBeInstanceOf(Promise)
    await atB.session.unsubscribe('x').durable
    await vi.waitFor(() => expect(a.publish('x', 'two')).toBeUndefined())
  })

  it('of a publisher that is told that they arrived are there after its node was killed', async () => {
    const atB = await b.connect('lamp')
    await subscribe(atB, 'x')
    nodes.cutBus()
    await a.publish('x', 'one')
    await kill(a, 'a')
    b.sessions.sweep()
    await vi.waitFor(() => expect(atB.texts()).toEqual(['one']))
  })

  it("are not the publisher's when they could not be written, and come when it publishes them again", async () => {
    const atB = await b.connect('lamp')
    await subscribe(atB, 'x')
    a.breakDisk()
    await expect(a.publish('x', 'one')).rejects.toThrow('the disk is full')
    a.breakDisk(false)
    await a.publish('x', 'one')
    await vi.waitFor(() => expect(atB.texts()).toEqual(['one']))
  })

  it('are written for their sessions in the end, when the node could not at first', async () => {
    const atB = await b.connect('lamp')
    await subscribe(atB, 'x')
    b.breakDisk()
    await a.publish('x', 'one')
    await vi.waitFor(() => expect(atB.texts()).toEqual(['one']))
    await test.rest()
    b.breakDisk(false)
    b.sessions.sweep()
    await b.sessions.flushed()
    await kill(b, 'b')
    const atA = await a.connect('lamp')
    await vi.waitFor(() => expect(atA.sent).toMatchObject([{ text: 'one', isDuplicate: true }]))
  })

  it('go from the log when all have them', async () => {
    const atB = await b.connect('lamp')
    await subscribe(atB, 'x')
    for (const text of ['one', 'two', 'three']) await a.publish('x', text)
    await vi.waitFor(() => expect(atB.texts()).toHaveLength(3))
    await b.sessions.flushed()
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
    const left = () => test.store.read.selectFrom('message_log').select('seq').execute()
    await vi.waitFor(async () => {
      a.sessions.sweep()
      expect(await left()).toHaveLength(1)
    })
    vi.restoreAllMocks()
  })
})

describe('a node that is killed', () => {
  it('leaves its sessions to the others, which carry out what is due', async () => {
    const atA = await a.connect('lamp', { will: will(5) })
    await subscribe(atA, 'x')
    await b.publish('x', 'one')
    await vi.waitFor(() => expect(atA.texts()).toEqual(['one']))
    await kill(a, 'a')
    await vi.waitFor(async () => expect(await ownersOf()).toEqual(['lamp b']))
    await b.publish('x', 'two')
    test.clock.now = new Date(test.clock.now.getTime() + 6000)
    await vi.waitFor(() => {
      b.sessions.sweep()
      expect(b.published).toMatchObject([{ topic: 'last' }])
    })
    const atB = await b.connect('lamp')
    await vi.waitFor(() =>
      expect(atB.sent).toMatchObject([
        { text: 'one', isDuplicate: true },
        { text: 'two', isDuplicate: false },
      ]),
    )
  })

  it('writes nothing any more of what others have taken', async () => {
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x')
    nodes.cutBus()
    const atB = await b.connect('lamp')
    await atA.session.unsubscribe('x').durable?.catch(() => {})
    expect(atA.isReplaced()).toBe(true)
    await a.publish('x', 'one')
    b.sessions.sweep()
    await vi.waitFor(() => expect(atB.texts()).toEqual(['one']))
  })

  it('finds its sessions when it comes back under its name, alone', async () => {
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x')
    a.crash()
    await turns()
    await b.publish('x', 'one')
    a = await start('a')
    const again = await a.connect('lamp')
    await vi.waitFor(() => expect(again.texts()).toEqual(['one']))
  })

  it('leaves sessions that expire at the others', async () => {
    const atA = await a.connect('lamp', { version: 5, expirySeconds: 10 })
    await subscribe(atA, 'x')
    await kill(a, 'a')
    await vi.waitFor(async () => expect(await ownersOf()).toEqual(['lamp b']))
    test.clock.now = new Date(test.clock.now.getTime() + 11_000)
    await vi.waitFor(async () => {
      b.sessions.sweep()
      expect(await ownersOf()).toEqual([])
    })
  })
})

describe('a database', () => {
  it('of a server by itself is taken over with its sessions, and given back', async () => {
    await Promise.all([a.stop(), b.stop()])
    await test.store.transact((db) => db.deleteFrom('log_positions').execute())
    let alone = await test.start()
    const client = await alone.connect('lamp')
    await subscribe(client, 'x')
    await alone.publish('x', 'one')
    await alone.stop()
    nodes = createTestNodes()
    a = await start('a')
    await vi.waitFor(async () => expect(await ownersOf()).toEqual(['lamp a']))
    await a.publish('x', 'two')
    const atA = await a.connect('lamp')
    await vi.waitFor(() => expect(atA.texts()).toEqual(['one', 'two']))
    atA.disconnect()
    await a.sessions.flushed()
    await a.stop()
    alone = await test.start()
    expect((await alone.connect('lamp')).isPresent).toBe(true)
    await alone.stop()
  })

  it('with messages that sessions have not got is not one of a server by itself', async () => {
    const atA = await a.connect('lamp')
    await subscribe(atA, 'x')
    a.crash()
    await b.publish('x', 'one')
    await b.stop()
    await expect(test.start()).rejects.toThrow(
      'nodes of a cluster left messages that sessions have not got yet',
    )
  })
})

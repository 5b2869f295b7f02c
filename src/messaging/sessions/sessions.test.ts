import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Will } from './index.ts'
import {
  accountId,
  openTestSessions,
  subscribe,
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

const pass = (seconds: number) => {
  test.clock.now = new Date(test.clock.now.getTime() + seconds * 1000)
  run.sessions.sweep()
}

async function restart(): Promise<void> {
  await run.stop()
  run = await test.start()
}

const will = (delaySeconds = 0): Will => ({
  message: {
    accountId,
    topic: 'last/words',
    payload: Buffer.from('bye'),
    qos: 1,
    retain: false,
    isWill: true,
  },
  delaySeconds,
})

describe('a session', () => {
  it('goes on with subscriptions and messages when the client comes back', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a/+')
    client.disconnect()
    await run.publish('a/b', 'one')
    await run.publish('a/b', 'none', { qos: 0 })
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.isPresent).toBe(true)
    expect(again.sent).toMatchObject([{ topic: 'a/b', text: 'one', qos: 1, isDuplicate: false }])
  })

  it('goes on after the server was stopped and after it was killed', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a', { noLocal: true })
    await run.publish('a', 'one')
    await restart()
    await run.publish('a', 'own', { publisher: { clientId: 'lamp' } })
    await run.publish('a', 'two')
    run.crash()
    run = await test.start()
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.isPresent).toBe(true)
    expect(again.sent).toMatchObject([
      { text: 'one', isDuplicate: true, packetId: client.sent[0]?.packetId },
      { text: 'two', isDuplicate: false },
    ])
  })

  it.each([
    ['a clean start', { isCleanStart: true }],
    ['another protocol version', { version: 5 as const, expirySeconds: 100 }],
  ])('is replaced by %s', async (_title, options) => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    await run.publish('a', 'one')
    const next = await run.connect('lamp', options)
    await test.rest()
    expect(next.isPresent).toBe(false)
    expect(next.session.subscriptionCount).toBe(0)
    expect(next.sent).toEqual([])
    next.disconnect()
    await restart()
    expect(run.sessions.find(accountId, 'lamp')?.subscriptionCount ?? 0).toBe(0)
  })

  it('of a clean client ends with its connection and never touches the store', async () => {
    const client = await run.connect('lamp', { isCleanStart: true })
    expect(
      client.session.subscribe({ filter: 'a', qos: 1, noLocal: false, retainAsPublished: false }),
    ).toBeUndefined()
    expect(run.publish('a', 'one')).toBeUndefined()
    expect(client.texts()).toEqual(['one'])
    client.disconnect()
    expect(run.sessions.find(accountId, 'lamp')).toBeUndefined()
    expect((await run.connect('lamp')).isPresent).toBe(false)
  })

  it.each([
    [4, 0, 3599, 3601],
    [5, 60, 59, 61],
    [5, 0xffff_ffff, 3599, 3601],
  ] as const)(
    'of version %i that asks for %i s is there after %i s and gone after %i s',
    async (version, expirySeconds, before, after) => {
      const client = await run.connect('lamp', { version, expirySeconds })
      await subscribe(client, 'a')
      client.disconnect()
      await run.publish('a', 'one')
      await restart()
      pass(before)
      expect(run.sessions.find(accountId, 'lamp')).toBeDefined()
      pass(after - before)
      expect(run.sessions.find(accountId, 'lamp')).toBeUndefined()
      await test.rest()
      expect(await test.store.read.selectFrom('session_messages').selectAll().execute()).toEqual([])
    },
  )

  it('keeps counting down while the server is killed again and again', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    for (const seconds of [0, 1800, 1799]) {
      run.crash()
      test.clock.now = new Date(test.clock.now.getTime() + seconds * 1000)
      run = await test.start()
      await test.rest()
      run.sessions.sweep()
      expect(run.sessions.find(accountId, 'lamp')).toBeDefined()
    }
    pass(2)
    expect(run.sessions.find(accountId, 'lamp')).toBeUndefined()
  })

  it('expires by the last word of its client', async () => {
    const client = await run.connect('lamp', { version: 5, expirySeconds: 100 })
    client.disconnect({ expirySeconds: 10 })
    pass(11)
    expect(run.sessions.find(accountId, 'lamp')).toBeUndefined()
  })

  it('that resumes to end with its connection does so', async () => {
    const client = await run.connect('lamp', { version: 5, expirySeconds: 100 })
    client.disconnect()
    const last = await run.connect('lamp', { version: 5, expirySeconds: 0 })
    expect(last.isPresent).toBe(true)
    last.disconnect()
    expect(run.sessions.find(accountId, 'lamp')).toBeUndefined()
    await restart()
    expect(run.sessions.find(accountId, 'lamp')).toBeUndefined()
  })
})

describe('delivery', () => {
  it('sends what was not acknowledged again first, in order and with DUP', async () => {
    const client = await run.connect('lamp', { window: 2 })
    await subscribe(client, 'a')
    for (const text of ['1', '2', '3', '4']) await run.publish('a', text)
    expect(client.texts()).toEqual(['1', '2'])
    client.session.answer('puback', client.sent[0]!.packetId)
    client.disconnect()
    const again = await run.connect('lamp')
    await run.publish('a', '5')
    await test.rest()
    expect(again.sent.map(({ text, isDuplicate }) => [text, isDuplicate])).toEqual([
      ['2', true],
      ['3', true],
      ['4', false],
      ['5', false],
    ])
  })

  it('leaves order and nothing out when messages arrive while old ones are read, a page at a time', async () => {
    await run.stop()
    run = await test.start({ sessionPageSize: 3 })
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    const expected = Array.from({ length: 40 }, (_, index) => String(index))
    for (const text of expected.slice(0, 20)) void run.publish('a', text)
    const again = await run.connect('lamp', { window: 4 })
    for (const text of expected.slice(20)) {
      void run.publish('a', text)
      if (Number(text) % 5 === 0) await test.rest()
      again.acknowledgeAll()
    }
    for (let turn = 0; turn < 30; turn++) {
      await test.rest()
      again.acknowledgeAll()
    }
    expect(again.texts()).toEqual(expected)
    expect(again.session.queuedMessages).toBe(0)
  })

  it('never reuses a packet id that is unacknowledged', async () => {
    const client = await run.connect('lamp', { window: 10 })
    await subscribe(client, 'a')
    await run.publish('a', 'stuck')
    const stuck = client.sent[0]!.packetId
    const others = new Set<number>()
    for (let count = 0; count < 65_600; count++) {
      void run.publish('a', 'x')
      const { packetId } = client.sent.pop()!
      others.add(packetId)
      client.session.answer('puback', packetId)
    }
    expect(others.size).toBe(65_534) // all but 0 and the one
    expect(others).not.toContain(stuck)
    expect(client.session.queuedMessages).toBe(1)
  })

  it('counts the life of a message down and drops what has expired', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    await run.publish('a', 'short', { properties: { messageExpiryInterval: 10 } })
    await run.publish('a', 'long', { properties: { messageExpiryInterval: 100 } })
    await restart()
    pass(30)
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.sent).toMatchObject([{ text: 'long', expirySeconds: 70 }])
    expect(again.session.queuedMessages).toBe(1)
  })

  it('drops messages for a client that is away once too many wait, and says how many', async () => {
    await run.stop()
    run = await test.start({ maxStoredMessages: 2 })
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    for (const text of ['1', '2', '3', '4']) await run.publish('a', text)
    run.sessions.sweep()
    expect(run.drops).toEqual([['lamp', { 'queue-full': 2 }]])
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.texts()).toEqual(['1', '2'])
    again.acknowledgeAll()
    again.disconnect()
    for (const text of ['5', '6', '7']) await run.publish('a', text)
    expect(run.sessions.describe(accountId, 'lamp')?.dropped).toEqual({ 'queue-full': 3 })
  })

  it('bounds the bytes that wait too', async () => {
    await run.stop()
    run = await test.start({ maxStoredBytes: 10 })
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    client.disconnect()
    for (const text of ['12345', '678901', '67890', '1']) await run.publish('a', text)
    await restart()
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.texts()).toEqual(['12345', '67890'])
  })

  it('sends nothing that may not be received, also when it was allowed while it waited', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, '#')
    client.disconnect()
    await run.publish('secret', '1')
    await run.publish('open', '2')
    const again = await run.connect('lamp', { mayReceive: (topic) => topic !== 'secret' })
    await test.rest()
    await run.publish('secret', '3')
    expect(again.texts()).toEqual(['2'])
    again.acknowledgeAll()
    expect(again.session.queuedMessages).toBe(0)
  })

  it('counts a message as delivered that is larger than the client takes', async () => {
    const client = await run.connect('lamp', { maxTextLength: 3 })
    await subscribe(client, 'a')
    await run.publish('a', 'too long')
    await run.publish('a', 'ok')
    client.acknowledgeAll()
    expect(client.texts()).toEqual(['ok'])
    expect(client.session.queuedMessages).toBe(0)
  })

  it('gives overlapping subscriptions one copy with the highest QoS and all identifiers', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a/#', { qos: 0, identifier: 7 })
    await subscribe(client, 'a/b', { qos: 1, identifier: 9 })
    await subscribe(client, 'x', { qos: 1, identifier: 11 })
    await run.publish('a/b', 'one')
    client.disconnect()
    await run.publish('a/b', 'two')
    await restart()
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.sent).toMatchObject([
      { text: 'one', qos: 1, identifiers: [7, 9] },
      { text: 'two', qos: 1, identifiers: [7, 9] },
    ])
  })

  it('limits redelivery to a rate when told to', async () => {
    await run.stop()
    run = await test.start({ redeliveriesPerSecond: 2 })
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    for (const text of ['1', '2', '3']) await run.publish('a', text)
    client.disconnect()
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.texts()).toEqual(['1', '2'])
    run.sessions.sweep()
    expect(again.texts()).toEqual(['1', '2', '3'])
  })
})

describe('the publisher', () => {
  it('hears after the disk has the message, or the subscriber had it', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    let isHeard = false
    const published = run.publish('a', 'one')?.then(() => (isHeard = true))
    expect(client.texts()).toEqual(['one']) // the subscriber need not wait
    await Promise.resolve()
    expect(isHeard).toBe(false)
    await published
    expect(await test.store.read.selectFrom('session_messages').select('seq').execute()).toHaveLength(1)
  })

  it('writes no message that was acknowledged before its turn', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    const published = run.publish('a', 'one')
    client.acknowledgeAll()
    await published
    expect(await test.store.read.selectFrom('session_messages').select('seq').execute()).toEqual([])
  })

  it('hears of a message that could not be stored', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    run.crash()
    await expect(run.publish('a', 'one')).rejects.toThrow('the server is gone')
  })

  it('waits for nobody with QoS 0', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a')
    expect(run.publish('a', 'one', { qos: 0 })).toBeUndefined()
    expect(client.texts()).toEqual(['one'])
  })
})

describe('a will', () => {
  const texts = () => run.published.map(({ topic }) => topic)

  it('is published at once without a delay, and reaches who is away', async () => {
    const heir = await run.connect('heir')
    await subscribe(heir, 'last/words')
    heir.disconnect()
    const client = await run.connect('lamp', { will: will() })
    client.disconnect({ will: will() })
    await restart()
    const again = await run.connect('heir')
    await test.rest()
    expect(again.texts()).toEqual(['bye'])
  })

  it('is not published when the client took its leave', async () => {
    const client = await run.connect('lamp', { will: will() })
    client.disconnect({})
    pass(4000)
    await restart()
    run.sessions.sweep()
    expect(texts()).toEqual([])
  })

  it('waits for its delay', async () => {
    const client = await run.connect('lamp', { version: 5, expirySeconds: 100, will: will(30) })
    client.disconnect({ will: will(30) })
    pass(29)
    expect(texts()).toEqual([])
    pass(2)
    expect(texts()).toEqual(['last/words'])
    pass(200)
    expect(texts()).toEqual(['last/words'])
  })

  it('is cancelled when the client comes back in time', async () => {
    const client = await run.connect('lamp', { version: 5, expirySeconds: 100, will: will(30) })
    client.disconnect({ will: will(30) })
    await run.connect('lamp', { version: 5, expirySeconds: 100 })
    pass(60)
    expect(texts()).toEqual([])
  })

  it.each([
    ['the session expires first', () => pass(11)],
    ['a clean start ends the session', () => run.connect('lamp', { version: 5, isCleanStart: true })],
  ])('is published before its delay when %s', async (_title, end) => {
    const client = await run.connect('lamp', { version: 5, expirySeconds: 10, will: will(30) })
    client.disconnect({ will: will(30) })
    await Promise.resolve(end())
    expect(texts()).toEqual(['last/words'])
  })

  it('is published at once when the session ends with the connection, whatever its delay', async () => {
    const client = await run.connect('lamp', { version: 5, isCleanStart: true, will: will(30) })
    client.disconnect({ will: will(30) })
    expect(texts()).toEqual(['last/words'])
  })

  it.each([0, 30])('with a delay of %i s is published after the server was killed', async (delaySeconds) => {
    await run.connect('lamp', { version: 5, expirySeconds: 100, will: will(delaySeconds) })
    run.crash()
    run = await test.start()
    pass(Math.max(delaySeconds - 1, 0))
    expect(texts()).toEqual(delaySeconds === 0 ? ['last/words'] : [])
    pass(1)
    expect(texts()).toEqual(['last/words'])
    expect(Buffer.from(run.published[0]!.payload).toString()).toBe('bye')
    await test.rest()
    await restart()
    pass(1)
    expect(texts()).toEqual([]) // not a second time
  })
})

describe('QoS 2 from a client', () => {
  it('is published once, however often it comes before its release', async () => {
    const { session } = await run.connect('lamp')
    expect(session.receive('publish', 5)).toMatchObject({ isPublished: true, answer: 'pubrec' })
    expect(session.receive('publish', 5)).toMatchObject({ isPublished: false, answer: 'pubrec' })
    expect(session.receive('pubrel', 5)).toMatchObject({ answer: 'pubcomp' })
    expect(session.receive('pubrel', 5)).toMatchObject({ answer: 'pubcomp-not-found' })
    expect(session.receive('publish', 5)).toMatchObject({ isPublished: true })
  })

  it('is remembered when the server is killed', async () => {
    const client = await run.connect('lamp')
    await client.session.receive('publish', 5).durable
    await client.session.receive('publish', 6).durable
    await client.session.receive('pubrel', 6).durable
    run.crash()
    run = await test.start()
    const again = await run.connect('lamp')
    expect(again.session.receive('publish', 5).isPublished).toBe(false)
    expect(again.session.receive('publish', 6).isPublished).toBe(true)
  })
})

describe('QoS 2 to a client', () => {
  it.each([true, false])('goes through its four steps (clean: %s)', async (isCleanStart) => {
    const client = await run.connect('lamp', { isCleanStart })
    await subscribe(client, 'a', { qos: 2 })
    await run.publish('a', 'one', { qos: 2 })
    await test.rest()
    expect(client.sent).toMatchObject([{ text: 'one', qos: 2 }])
    const { packetId } = client.sent[0]!
    client.session.answer('pubcomp', packetId)
    client.session.answer('puback', packetId)
    expect(client.session.queuedMessages).toBe(1)
    client.session.answer('pubrec', packetId)
    await test.rest()
    expect(client.releases).toEqual([packetId])
    client.session.answer('pubcomp', packetId)
    expect(client.session.queuedMessages).toBe(0)
  })

  it('is not sent before it is durable', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a', { qos: 2 })
    const published = run.publish('a', 'one', { qos: 2 })
    expect(client.sent).toEqual([])
    await published
    await test.rest()
    expect(client.texts()).toEqual(['one'])
  })

  it('is released, not sent, once it was received', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a', { qos: 2 })
    await run.publish('a', 'one', { qos: 2 })
    await test.rest()
    const { packetId } = client.sent[0]!
    client.session.answer('pubrec', packetId)
    await test.rest()
    run.crash()
    run = await test.start()
    const again = await run.connect('lamp')
    await test.rest()
    expect(again.sent).toEqual([])
    expect(again.releases).toEqual([packetId])
    again.session.answer('pubcomp', packetId)
    expect(again.session.queuedMessages).toBe(0)
  })

  it('ends when the client refuses it, and answers what it does not know', async () => {
    const client = await run.connect('lamp')
    await subscribe(client, 'a', { qos: 2 })
    await run.publish('a', 'one', { qos: 2 })
    await test.rest()
    client.session.answer('pubrec-refused', client.sent[0]!.packetId)
    expect(client.session.queuedMessages).toBe(0)
    client.session.answer('pubrec', 99)
    expect(client.releases).toEqual([99])
  })
})

describe('an answer to a request', () => {
  const answer = (clientId: string) => run.sessions.replyTo(accountId, clientId)!
  const text = Buffer.from('secret')

  it('goes to the client that asked alone, once, at QoS 0, though others have subscribed', async () => {
    const asking = await run.connect('asking')
    const other = await run.connect('other')
    for (const filter of ['a/+', 'a/b', '#']) await subscribe(asking, filter)
    await subscribe(other, '#')
    answer('asking').send('a/b', text)
    await test.rest()
    expect(asking.sent).toMatchObject([{ topic: 'a/b', text: 'secret', qos: 0, retain: false }])
    expect(other.sent).toEqual([])
  })

  it('is not for who has not subscribed, may not receive, or shares the subscription', async () => {
    const deaf = await run.connect('deaf')
    await subscribe(deaf, 'b')
    const sharing = await run.connect('sharing')
    await subscribe(sharing, '$share/group/a')
    const forbidden = await run.connect('forbidden', { mayReceive: () => false })
    await subscribe(forbidden, 'a')
    for (const name of ['deaf', 'sharing', 'forbidden']) {
      const reply = answer(name)
      expect(reply.hears('a')).toBe(false)
      reply.send('a', text)
    }
    await test.rest()
    expect([...deaf.sent, ...sharing.sent, ...forbidden.sent]).toEqual([])
  })

  it('is lost with the connection: neither kept nor given to who takes the client id over', async () => {
    const first = await run.connect('lamp')
    await subscribe(first, 'a')
    const reply = answer('lamp')
    expect(reply.hears('a')).toBe(true)
    first.disconnect()
    reply.send('a', text)
    expect(run.sessions.replyTo(accountId, 'lamp')).toBeUndefined()
    const second = await run.connect('lamp')
    expect(reply.hears('a')).toBe(false)
    reply.send('a', text)
    await test.rest()
    expect([...first.sent, ...second.sent]).toEqual([])
    expect(run.sessions.replyTo(accountId, 'nobody')).toBeUndefined()
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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

async function restart(): Promise<void> {
  await run.stop()
  run = await test.start()
}

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
      run.pass(before)
      expect(run.sessions.find(accountId, 'lamp')).toBeDefined()
      run.pass(after - before)
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
    run.pass(2)
    expect(run.sessions.find(accountId, 'lamp')).toBeUndefined()
  })

  it('expires by the last word of its client', async () => {
    const client = await run.connect('lamp', { version: 5, expirySeconds: 100 })
    client.disconnect({ expirySeconds: 10 })
    run.pass(11)
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

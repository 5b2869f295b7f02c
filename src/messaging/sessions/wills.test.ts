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
    run.pass(4000)
    await restart()
    run.sessions.sweep()
    expect(texts()).toEqual([])
  })

  it('waits for its delay', async () => {
    const client = await run.connect('lamp', { version: 5, expirySeconds: 100, will: will(30) })
    client.disconnect({ will: will(30) })
    run.pass(29)
    expect(texts()).toEqual([])
    run.pass(2)
    expect(texts()).toEqual(['last/words'])
    run.pass(200)
    expect(texts()).toEqual(['last/words'])
  })

  it('is cancelled when the client comes back in time', async () => {
    const client = await run.connect('lamp', { version: 5, expirySeconds: 100, will: will(30) })
    client.disconnect({ will: will(30) })
    await run.connect('lamp', { version: 5, expirySeconds: 100 })
    run.pass(60)
    expect(texts()).toEqual([])
  })

  it.each([
    ['the session expires first', () => run.pass(11)],
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
    run.pass(Math.max(delaySeconds - 1, 0))
    expect(texts()).toEqual(delaySeconds === 0 ? ['last/words'] : [])
    run.pass(1)
    expect(texts()).toEqual(['last/words'])
    expect(Buffer.from(run.published[0]!.payload).toString()).toBe('bye')
    await test.rest()
    await restart()
    run.pass(1)
    expect(texts()).toEqual([]) // not a second time
  })
})

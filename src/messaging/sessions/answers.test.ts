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

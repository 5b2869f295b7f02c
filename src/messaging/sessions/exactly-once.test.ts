import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestSessions, subscribe, type Run, type TestSessions } from './testing/test-sessions.ts'

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

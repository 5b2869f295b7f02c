import { describe, expect, it } from 'vitest'
import { createLocalFabric } from '../../fabric/in-process/index.ts'
import type { Statement } from './sample.ts'
import { Watches } from './watches.ts'

const accountId = '000000000000'
const hot: Statement = { sql: "SELECT * FROM 'sensors/#' WHERE t > 20", version: '2016-03-23' }

function open(durationMs = 60_000) {
  const fabric = createLocalFabric()
  const clock = { now: new Date('2026-01-02T03:04:05Z') }
  const watches = new Watches({ fabric, now: () => clock.now, durationMs })
  const publish = (topic: string, payload: string | Uint8Array, of = accountId) =>
    void fabric.publish({ accountId: of, topic, payload: Buffer.from(payload), qos: 0, retain: false })
  return { fabric, watches, publish, clock, [Symbol.asyncDispose]: () => watches[Symbol.asyncDispose]() }
}

type Opened = ReturnType<typeof open>

/** Once as many messages have been looked at. */
async function reportOf({ watches }: Opened, watchId: string, seen: number) {
  const report = () => watches.report(accountId, watchId)
  await expect.poll(() => report().messages.length).toBeGreaterThanOrEqual(seen)
  return report()
}

describe('a watch is refused', () => {
  it.each([
    ['for what is no statement', { sql: 'SELECT', version: '2016-03-23' }, 'SqlParseException'],
    ['without FROM', { sql: 'SELECT *', version: '2016-03-23' }, 'InvalidRequestException'],
  ] as const)('%s', async (_title, statement, code) => {
    await using opened = open()
    expect(() => opened.watches.start(accountId, statement)).toThrow(expect.objectContaining({ code }))
  })

  it('beyond five of an account, and not to another one', async () => {
    await using opened = open()
    const { watches } = opened
    const [first] = Array.from({ length: 5 }, () => watches.start(accountId, hot))
    expect(() => watches.start(accountId, hot)).toThrow(
      expect.objectContaining({ code: 'LimitExceededException' }),
    )
    expect(watches.start('111111111111', hot)).toMatchObject({ isOver: false })
    await watches.stop(accountId, first!.watchId)
    expect(watches.start(accountId, hot)).toMatchObject({ isOver: false })
  })

  it.each(['nobody', accountId])('to be read by an account that did not start it: %s', async (watchId) => {
    await using opened = open()
    const { watches } = opened
    const started = watches.start(accountId, hot)
    const asked = watchId === accountId ? started.watchId : watchId
    const refusal = expect.objectContaining({ code: 'ResourceNotFoundException' })
    expect(() => watches.report('111111111111', asked)).toThrow(refusal)
    await expect(watches.stop('111111111111', asked)).rejects.toEqual(refusal)
  })
})

describe('a watch', () => {
  it('counts the messages that come, the newest first, and does nothing about them', async () => {
    await using opened = open()
    const { watches, publish } = opened
    const { watchId } = watches.start(accountId, hot)
    publish('sensors/a', '{"t":21}')
    publish('sensors/b', '{"t":19}')
    publish('sensors/c', new Uint8Array([0xff]))
    publish('elsewhere', '{"t":21}')
    publish('sensors/a', '{"t":21}', '111111111111')
    const report = await reportOf(opened, watchId, 3)
    expect(report).toMatchObject({ topicMatches: 3, matched: 1, failed: 0, skipped: 0, isOver: false })
    expect(report.messages).toMatchObject([
      { topic: 'sensors/c', payloadBase64: '/w==', where: false },
      { topic: 'sensors/b', payload: '{"t":19}', where: false },
      { topic: 'sensors/a', payload: '{"t":21}', where: true, bytes: 8 },
    ])
  })

  it('keeps the last ten messages, and nothing of a large one but its size', async () => {
    await using opened = open()
    const { watches, publish } = opened
    const { watchId } = watches.start(accountId, hot)
    for (let t = 0; t < 30; t++) publish('sensors/a', `{"t":${t}}`)
    publish('sensors/large', 'x'.repeat(16 * 1024 + 1))
    const newest = () => watches.report(accountId, watchId).messages[0]?.topic
    await expect.poll(newest).toBe('sensors/large')
    const report = watches.report(accountId, watchId)
    expect(report).toMatchObject({ topicMatches: 31, matched: 9 })
    expect(report.messages).toHaveLength(10)
    expect(report.messages[0]).not.toHaveProperty('payload')
  })

  it('tells how a statement fails', async () => {
    await using opened = open()
    const { watches, publish } = opened
    const sql = "SELECT *, 1 AS one FROM 'sensors/#'"
    const { watchId } = watches.start(accountId, { sql, version: '2016-03-23' })
    publish('sensors/a', 'text')
    expect(await reportOf(opened, watchId, 1)).toMatchObject({
      failed: 1,
      matched: 0,
      lastFailure: expect.stringContaining('JSON object'),
    })
  })

  it('ends by itself, stays to be read for a while, and is forgotten', async () => {
    await using opened = open(20)
    const { watches, publish, clock, fabric } = opened
    const { watchId, endsAt } = watches.start(accountId, hot)
    await expect.poll(() => watches.report(accountId, watchId).isOver).toBe(true)
    publish('sensors/a', '{"t":21}')
    expect(fabric.hasSubscribers(accountId, 'sensors/a')).toBe(false)
    expect(watches.report(accountId, watchId)).toMatchObject({ topicMatches: 0 })
    clock.now = new Date(endsAt.getTime() + 10_001)
    watches.start(accountId, hot)
    expect(() => watches.report(accountId, watchId)).toThrow('no such watch')
  })
})

/** MQTT 5 properties of messages, topic aliases among them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packet, startTestGateway, type TestGateway } from '../../src/gateway/ports/testing/test-gateway.ts'
import { enter, publishPacket, subscribed } from './peer.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ profile: 'standard', retains: true })
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe('MQTT 5 properties of a message', () => {
  it.each([0, 1, 2] as const)(
    'reach subscribers of QoS %i unaltered and in their order (MQTT5-3.3.2-4, MQTT5-3.3.2-15, MQTT5-3.3.2-16, MQTT5-3.3.2-17, MQTT5-3.3.2-18, MQTT5-3.3.2-20)',
    async (qos) => {
      const wire = await gateway.dial()
      const properties = Buffer.concat([
        Buffer.from([0x26]),
        Buffer.from('00016200013226', 'hex'),
        Buffer.from('0001610001310101', 'hex'),
        Buffer.from('03000474657874', 'hex'),
        Buffer.from('080003722f74', 'hex'),
        Buffer.from('09000200ff', 'hex'),
        Buffer.from('26000162000133', 'hex'),
      ])
      wire.send(packet(0x10, 'MQTT', 5, 2, 0, 60, 0, 'raw'), packet(0x82, 0, 1, 0, 'p/t', qos))
      const id = qos === 0 ? [] : [0, 9]
      wire.send(packet(0x30 | (qos << 1), 'p/t', ...id, properties.length, properties, Buffer.from('x')))
      wire.send(packet(0xe0))
      const text = (await wire.closed).toString('hex')
      const order = ['26000162000132', '26000161000131', '26000162000133'].map((pair) => text.indexOf(pair))
      expect(order).toEqual(order.toSorted((left, right) => left - right))
      for (const one of ['0101', '03000474657874', '080003722f74', '09000200ff', '26000162000132'])
        expect(text).toContain(one)
      expect(Math.min(...order)).toBeGreaterThan(0)
    },
  )

  it('count the expiry of what waited down, and forget what expired (MQTT5-3.3.2-5, MQTT5-3.3.2-6)', async () => {
    const clock = { now: new Date('2026-01-01T00:00:00Z') }
    await using timed = await startTestGateway({ profile: 'standard', now: () => clock.now })
    const session = { clean: false, clientId: 'sleeper', properties: { sessionExpiryInterval: 900 } }
    const sleeper = await enter(timed, 5, session)
    await subscribed(sleeper, 'e', { qos: 1 })
    await sleeper.end()
    const publisher = await enter(timed, 5, { clientId: 'publisher' })
    for (const [index, seconds] of [10, 100].entries())
      publisher.send(
        publishPacket('e', String(seconds), {
          qos: 1,
          messageId: index + 1,
          properties: { messageExpiryInterval: seconds },
        }),
      )
    await publisher.settled()
    clock.now = new Date(clock.now.getTime() + 30_000)
    const woken = await enter(timed, 5, session)
    expect(await woken.settled()).toMatchObject([
      { payload: Buffer.from('100'), properties: { messageExpiryInterval: 70 } },
    ])
    await Promise.all([woken.end(), publisher.end()])
  })

  it('name its topic by any alias up to the maximum (MQTT5-3.3.2-12, MQTT5-3.2.2-17)', async () => {
    const peer = await enter(gateway, 5)
    await subscribed(peer, 'alias/#', { qos: 0 })
    const maximum =
      (peer.connack as { properties?: { topicAliasMaximum?: number } }).properties?.topicAliasMaximum ?? 0
    expect(maximum).toBeGreaterThan(0)
    for (let topicAlias = 1; topicAlias <= maximum; topicAlias++) {
      peer.send(publishPacket(`alias/${topicAlias}`, String(topicAlias), { properties: { topicAlias } }))
      peer.send(publishPacket('', `again ${topicAlias}`, { properties: { topicAlias } }))
    }
    const topics = (await peer.settled()).map(
      (one) => one.cmd === 'publish' && [one.topic, one.payload.toString()],
    )
    expect(topics).toEqual(
      Array.from({ length: maximum }, (_, at) => [
        [`alias/${at + 1}`, String(at + 1)],
        [`alias/${at + 1}`, `again ${at + 1}`],
      ]).flat(),
    )
    await peer.end()
  })

  it('start without aliases on each connection (MQTT5-3.3.2-7)', async () => {
    const first = await enter(gateway, 5, { clientId: 'alias' })
    first.send(publishPacket('alias/x', 'x', { properties: { topicAlias: 1 } }))
    expect(await first.settled()).toEqual([])
    await first.end()
    const second = await enter(gateway, 5, { clientId: 'alias' })
    second.send(publishPacket('', 'x', { properties: { topicAlias: 1 } }))
    expect(await second.rest()).toMatchObject([{ cmd: 'disconnect', reasonCode: 0x94 }])
  })

  it.each([
    ['no alias at all (MQTT5-3.1.2-27)', {}, []],
    ['aliases up to its maximum (MQTT5-3.1.2-26, MQTT5-3.3.2-11)', { topicAliasMaximum: 2 }, [1, 2]],
  ])('give a subscriber %s', async (_what, properties, expected) => {
    const peer = await enter(gateway, 5, { properties })
    await subscribed(peer, 'many/#', { qos: 0 })
    for (let round = 0; round < 3; round++)
      for (let topic = 0; topic < 4; topic++) peer.send(publishPacket(`many/${topic}`, `${topic}`))
    const aliases = new Map<number, string>()
    for (const one of await peer.settled()) {
      if (one.cmd !== 'publish') continue
      const alias = one.properties?.topicAlias
      if (alias !== undefined && one.topic !== '') aliases.set(alias, one.topic)
      const topic = one.topic === '' ? aliases.get(alias ?? 0) : one.topic
      expect(topic).toBe(`many/${one.payload.toString()}`)
    }
    expect([...aliases.keys()]).toEqual(expected)
    await peer.end()
  })
})

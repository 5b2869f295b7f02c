/** PUBLISH in both directions: retain, DUP, properties, aliases, order, flow control, and the QoS protocols. */
import type { Packet } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packet, startTestGateway, type TestGateway } from '../../src/gateway/ports/testing/test-gateway.ts'
import { enter, publishPacket, subscribed, textsOf, type Version } from './peer.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ profile: 'standard', retains: true })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const versions = [4, 5] as const

describe.each<Version>(versions)('a publisher of level %i', (version) => {
  it.each([
    [0, []],
    [1, [{ cmd: 'puback', messageId: 9 }]],
    [2, [{ cmd: 'pubrec', messageId: 9 }]],
  ] as const)(
    'gets the answer of QoS %i (MQTT5-3.3.4-1, MQTT3-3.3.4-1, MQTT5-4.3.2-4, MQTT5-4.3.3-8, MQTT3-4.3.2-2, MQTT5-2.2.1-5, MQTT3-2.3.1-6)',
    async (qos, answers) => {
      const peer = await enter(gateway, version)
      peer.send(publishPacket('a', 'x', { qos, ...(qos > 0 && { messageId: 9 }) }))
      expect(await peer.settled()).toMatchObject(answers)
      await peer.end()
    },
  )

  it('of QoS 0 sends no packet id (MQTT5-2.2.1-2, MQTT3-2.3.1-5)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'plain', { qos: 0 })
    peer.send(packet(0x30, 'plain', ...(version === 5 ? [0] : []), Buffer.from([0, 7, 0x78])))
    expect(await peer.next()).toMatchObject({ topic: 'plain', payload: Buffer.from([0, 7, 0x78]), qos: 0 })
    await peer.end()
  })

  it('may use a packet id again once it is acknowledged (MQTT5-4.3.2-5, MQTT3-4.3.2-2)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'again', { qos: 0 })
    for (const [text, dup] of [
      ['1', false],
      ['2', true],
    ] as const) {
      peer.send(publishPacket('again', text, { qos: 1, messageId: 3, dup }))
    }
    expect(textsOf(await peer.settled())).toEqual(['1', '2'])
    await peer.end()
  })

  it('has a QoS 2 message delivered once, however often it is sent before PUBREL (MQTT5-4.3.3-10, MQTT5-4.3.3-11, MQTT5-4.3.3-12, MQTT3-4.3.3-2, MQTT5-4.3.3-13)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'once', { qos: 0 })
    const message = { qos: 2, messageId: 5 }
    peer.send(publishPacket('once', '1', message), publishPacket('once', '1', { ...message, dup: true }))
    peer.send({ cmd: 'pubrel', messageId: 5 } as Packet)
    peer.send(publishPacket('once', '2', message))
    const answers = await peer.settled()
    expect(textsOf(answers)).toEqual(['1', '2'])
    const others = answers.filter(({ cmd }) => cmd !== 'publish')
    expect(others.map(({ cmd, messageId }) => [cmd, messageId])).toEqual([
      ['pubrec', 5],
      ['pubrec', 5],
      ['pubcomp', 5],
      ['pubrec', 5],
    ])
    await peer.end()
  })

  it('has its messages arrive in order (MQTT5-4.6.0-5, MQTT5-4.6.0-6, MQTT3-4.6.0-5, MQTT3-4.6.0-6)', async () => {
    const [sender, receiver] = [
      await enter(gateway, version, { clientId: 'sender' }),
      await enter(gateway, version, { clientId: 'receiver' }),
    ]
    await subscribed(receiver, 'order/#', { qos: 2 })
    const count = 60
    for (let at = 0; at < count; at++)
      sender.send(publishPacket(`order/${at % 2}`, String(at), { qos: 1, messageId: at + 1 }))
    const acknowledged = await sender.settled()
    expect(acknowledged.map(({ messageId }) => messageId)).toEqual(
      Array.from({ length: count }, (_, at) => at + 1),
    )
    expect(textsOf(await receiver.settled())).toEqual(Array.from({ length: count }, (_, at) => String(at)))
    await Promise.all([sender.end(), receiver.end()])
  })
})

describe('a denied PUBLISH', () => {
  it('closes 3.1.1, which has no word for it (MQTT3-3.3.5-2)', async () => {
    await using denying = await startTestGateway({ isAllowed: (action) => action !== 'iot:Publish' })
    const peer = await enter(denying, 4)
    peer.send(publishPacket('a', 'x', { qos: 1, messageId: 1 }))
    expect(await peer.rest()).toEqual([])
  })

  it('of QoS 2 leaves its packet id free (MQTT5-4.3.3-9)', async () => {
    await using denying = await startTestGateway({
      profile: 'standard',
      isAllowed: (action, resource) => action !== 'iot:Publish' || resource === 'topic/good',
    })
    const peer = await enter(denying, 5)
    await subscribed(peer, 'good', { qos: 0 })
    peer.send(
      publishPacket('bad', 'x', { qos: 2, messageId: 4 }),
      publishPacket('good', 'y', { qos: 2, messageId: 4 }),
    )
    expect(await peer.settled()).toMatchObject([
      { cmd: 'pubrec', messageId: 4, reasonCode: 0x87 },
      { cmd: 'publish', payload: Buffer.from('y') },
      { cmd: 'pubrec', messageId: 4, reasonCode: 0 },
    ])
    await peer.end()
  })
})

describe.each<Version>(versions)('a subscriber of level %i', (version) => {
  it('gets DUP of its own deliveries alone (MQTT5-3.3.1-3, MQTT3-3.3.1-3, MQTT5-4.3.2-2, MQTT5-4.3.3-2, MQTT3-4.3.2-1, MQTT3-4.3.3-1)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'dup', { qos: 2 })
    peer.send(publishPacket('dup', 'x', { qos: 2, messageId: 1, dup: true }))
    const [delivery] = (await peer.settled()).filter(({ cmd }) => cmd === 'publish')
    expect(delivery).toMatchObject({ dup: false, qos: 2 })
    await peer.end()
  })

  it('gets unused packet ids above 0 (MQTT5-2.2.1-4, MQTT5-4.3.2-1, MQTT5-4.3.3-1, MQTT5-4.3.2-3, MQTT5-4.3.3-3, MQTT3-2.3.1-4, MQTT3-4.3.2-1, MQTT3-4.3.3-1)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'ids', { qos: 2 })
    const qosOf = (at: number) => (at % 2 === 0 ? 1 : 2)
    for (let at = 0; at < 40; at++)
      peer.send(publishPacket('ids', 'x', { qos: qosOf(at), messageId: at + 1 }))
    const ids = (await peer.settled())
      .filter(({ cmd }) => cmd === 'publish')
      .map(({ messageId }) => messageId)
    expect(ids).toHaveLength(40)
    expect(new Set(ids).size).toBe(40)
    expect(Math.min(...ids.map(Number))).toBeGreaterThan(0)
    await peer.end()
  })

  it('is sent PUBREL for PUBREC, and the message no more (MQTT5-4.3.3-4, MQTT5-4.3.3-5, MQTT5-4.3.3-6, MQTT3-4.3.3-1)', async () => {
    const peer = await enter(gateway, version, { clientId: `rel-${version}` })
    await subscribed(peer, 'rel', { qos: 2 })
    peer.send(publishPacket('rel', 'x', { qos: 2, messageId: 1 }))
    const [delivery] = (await peer.settled()).filter(({ cmd }) => cmd === 'publish')
    const messageId = delivery?.messageId
    peer.send({ cmd: 'pubrec', messageId } as Packet)
    expect(await peer.settled()).toMatchObject([{ cmd: 'pubrel', messageId }])
    peer.send({ cmd: 'pubcomp', messageId } as Packet)
    expect(await peer.settled()).toEqual([])
    await peer.end()
  })

  it('finds the topic as it was written (MQTT5-3.3.2-3, MQTT3-3.3.2-3, MQTT5-4.7.3-4, MQTT3-4.7.3-4)', async () => {
    const peer = await enter(gateway, version)
    const topics = ['Ärger/É', 'ärger/é', 'a//b', '/a', 'a/ b', 'a/b/']
    await subscribed(peer, topics.slice(0, 1), { qos: 0 })
    await subscribed(peer, topics.slice(2), { qos: 0 })
    for (const topic of [...topics, 'Ärger/E\u0301', 'a/b', 'a']) peer.send(publishPacket(topic, topic))
    expect(textsOf(await peer.settled())).toEqual([topics[0], ...topics.slice(2)])
    await peer.end()
  })

  it.each([
    ['#', '$SYS/x'],
    ['+/x', '$SYS/x'],
  ])('of %s hears nothing of %s (MQTT5-4.7.2-1, MQTT3-4.7.2-1)', async (filter, topic) => {
    const peer = await enter(gateway, version)
    await subscribed(peer, filter, { qos: 0 })
    await gateway.fabric.publish({
      accountId: '123456789012',
      topic,
      payload: Buffer.from('x'),
      qos: 0,
      retain: false,
    })
    expect(await peer.settled()).toEqual([])
    await peer.end()
  })

  it('of $ topics hears what clients publish there (MQTT5-4.7.2-1, MQTT3-4.7.2-1)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, ['#', '$anything/+'], { qos: 0 })
    peer.send(publishPacket('$anything/x', 'once'))
    expect(textsOf(await peer.settled())).toEqual(['once'])
    await peer.end()
  })
})

describe.each<Version>(versions)('the retain flag of level %i', (version) => {
  it('stores the last message of a topic (MQTT5-3.3.1-5, MQTT3-3.3.1-5, MQTT3-3.3.1-6, MQTT3-3.3.1-7, MQTT3-3.3.1-8)', async () => {
    const topic = `kept/${version}`
    const peer = await enter(gateway, version)
    peer.send(publishPacket(topic, '1', { retain: true, qos: 1, messageId: 1 }))
    peer.send(publishPacket(topic, '2', { retain: true }))
    await peer.settled()
    await subscribed(peer, topic)
    expect(await peer.next()).toMatchObject({ topic, payload: Buffer.from('2'), retain: true, qos: 0 })
    await peer.end()
  })

  it('with an empty payload deletes, and is delivered (MQTT5-3.3.1-6, MQTT5-3.3.1-7, MQTT3-3.3.1-10, MQTT3-3.3.1-11)', async () => {
    const topic = `gone/${version}`
    const peer = await enter(gateway, version)
    peer.send(publishPacket(topic, '1', { retain: true, qos: 1, messageId: 1 }))
    await peer.settled()
    await subscribed(peer, topic, { qos: 0 })
    expect(textsOf(await peer.settled())).toEqual(['1'])
    peer.send(publishPacket(topic, '', { retain: true, qos: 1, messageId: 2 }))
    expect(textsOf(await peer.settled())).toEqual([''])
    await subscribed(peer, topic)
    expect(textsOf(await peer.settled())).toEqual([])
    await peer.end()
  })

  it('when 0 changes nothing (MQTT5-3.3.1-8, MQTT3-3.3.1-12)', async () => {
    const topic = `same/${version}`
    const peer = await enter(gateway, version)
    peer.send(publishPacket(topic, '1', { retain: true, qos: 1, messageId: 1 }), publishPacket(topic, '2'))
    await peer.settled()
    await subscribed(peer, topic)
    expect(textsOf(await peer.settled())).toEqual(['1'])
    await peer.end()
  })

  it('is 0 in what comes to a subscription that stands (MQTT5-3.3.1-12, MQTT3-3.3.1-9)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'flag', { qos: 0 })
    peer.send(publishPacket('flag', 'x', { retain: true }))
    expect(await peer.next()).toMatchObject({ cmd: 'publish', retain: false })
    peer.send(publishPacket('flag', '', { retain: true }))
    await peer.end()
  })

  it('outlives its session (MQTT3-3.1.2-7)', async () => {
    const topic = `stays/${version}`
    const peer = await enter(gateway, version)
    peer.send(publishPacket(topic, '1', { retain: true, qos: 1, messageId: 1 }))
    await peer.next()
    peer.send({ cmd: 'disconnect' })
    await peer.rest()
    const other = await enter(gateway, version)
    await subscribed(other, `stays/+`.replace('+', String(version)))
    expect(textsOf(await other.settled())).toEqual(['1'])
    await other.end()
  })
})

it('is as published where the subscription asks for it (MQTT5-3.3.1-13)', async () => {
  const peer = await enter(gateway, 5)
  await subscribed(peer, 'rap', { qos: 0, rap: true })
  peer.send(publishPacket('rap', 'x', { retain: true }), publishPacket('rap', 'y'))
  const flags = (await peer.settled()).map((one) => one.cmd === 'publish' && one.retain)
  expect(flags).toEqual([true, false])
  peer.send(publishPacket('rap', '', { retain: true }))
  await peer.end()
})

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

describe('flow control', () => {
  it('sends a client no more unacknowledged messages than its Receive Maximum (MQTT5-3.3.4-9, MQTT5-4.9.0-2, MQTT5-3.3.4-10, MQTT5-4.9.0-3)', async () => {
    const peer = await enter(gateway, 5, { properties: { receiveMaximum: 2 } })
    await subscribed(peer, 'flow', { qos: 1 })
    for (let at = 1; at <= 4; at++) peer.send(publishPacket('flow', String(at), { qos: 1, messageId: at }))
    const first = await peer.settled()
    expect(textsOf(first)).toEqual(['1', '2'])
    expect(first.filter(({ cmd }) => cmd === 'puback')).toHaveLength(4)
    const one = first.find(({ cmd }) => cmd === 'publish')
    peer.send({ cmd: 'puback', messageId: one?.messageId } as Packet)
    expect(textsOf(await peer.settled())).toEqual(['3'])
    await peer.end()
  })

  it('ends a client that goes above ours (MQTT5-3.3.4-7)', async () => {
    await using narrow = await startTestGateway({ profile: 'standard', limits: { maxUnacknowledged: 2 } })
    const peer = await enter(narrow, 5)
    expect(peer.connack).toHaveProperty('properties.receiveMaximum', 2)
    for (let at = 1; at <= 3; at++) peer.send(publishPacket('a', 'x', { qos: 2, messageId: at }))
    expect(await peer.rest()).toMatchObject([
      { cmd: 'pubrec', messageId: 1 },
      { cmd: 'pubrec', messageId: 2 },
      { cmd: 'disconnect', reasonCode: 0x93 },
    ])
  })

  it('takes as many as it says, however often (MQTT5-3.3.4-7)', async () => {
    await using narrow = await startTestGateway({ profile: 'standard', limits: { maxUnacknowledged: 2 } })
    const peer = await enter(narrow, 5)
    for (let at = 1; at <= 9; at++) peer.send(publishPacket('a', 'x', { qos: 1, messageId: at }))
    expect(await peer.settled()).toHaveLength(9)
    await peer.end()
  })

  it('discards what is larger than a client takes, and goes on (MQTT5-3.1.2-24, MQTT5-3.1.2-25)', async () => {
    const peer = await enter(gateway, 5, { properties: { maximumPacketSize: 60, receiveMaximum: 1 } })
    await subscribed(peer, 'size', { qos: 1 })
    peer.send(publishPacket('size', 'x'.repeat(60), { qos: 1, messageId: 1 }))
    peer.send(publishPacket('size', 'small', { qos: 1, messageId: 2 }))
    expect(textsOf(await peer.settled())).toEqual(['small'])
    await peer.end()
  })
})

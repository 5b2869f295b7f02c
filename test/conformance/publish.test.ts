/** PUBLISH in both directions: DUP, order, topics, flow control, and the QoS protocols. */
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

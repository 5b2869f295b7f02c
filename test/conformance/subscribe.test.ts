/** SUBSCRIBE, UNSUBSCRIBE, and what they lead to. */
import type { Packet } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packet, startTestGateway, type TestGateway } from '../../src/gateway/ports/testing/test-gateway.ts'
import { enter, publishPacket, subscribed, subscribePacket, textsOf, type Version } from './peer.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ profile: 'standard', retains: true })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const unsubscribePacket = (unsubscriptions: string[], messageId = 9): Packet =>
  ({ cmd: 'unsubscribe', messageId, unsubscriptions }) as Packet

describe.each<Version>([4, 5])('a client of level %i', (version) => {
  it('gets one SUBACK with a code for each filter, in their order (MQTT5-3.8.4-1, MQTT5-3.8.4-2, MQTT5-3.8.4-5, MQTT5-3.8.4-6, MQTT5-3.8.4-7, MQTT5-3.9.3-1, MQTT5-2.2.1-6, MQTT3-3.8.4-1, MQTT3-3.8.4-2, MQTT3-3.8.4-4, MQTT3-3.8.4-5, MQTT3-3.9.3-1, MQTT3-2.3.1-7)', async () => {
    const peer = await enter(gateway, version)
    const filters = [
      { topic: 'a', qos: 2 as const },
      { topic: 'b/#', qos: 0 as const },
      { topic: '+/c', qos: 1 as const },
    ]
    peer.send({ cmd: 'subscribe', messageId: 77, subscriptions: filters })
    expect(await peer.settled()).toMatchObject([{ cmd: 'suback', messageId: 77, granted: [2, 0, 1] }])
    await peer.end()
  })

  it('gets messages at the lower QoS of both (MQTT5-3.8.4-8, MQTT3-3.8.4-6, MQTT5-4.8.2-3)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'zero', { qos: 0 })
    await subscribed(peer, '$share/g/one', { qos: 1 })
    await subscribed(peer, 'two', { qos: 2 })
    for (const topic of ['zero', 'one', 'two'])
      for (const qos of [0, 1, 2])
        peer.send(publishPacket(topic, String(qos), { qos, ...(qos > 0 && { messageId: 1 + qos }) }), {
          cmd: 'pubrel',
          messageId: 3,
        } as Packet)
    const granted = (await peer.settled()).flatMap((one) =>
      one.cmd === 'publish' ? [`${one.topic} ${one.payload.toString()}: ${one.qos}`] : [],
    )
    expect(granted).toEqual([
      'zero 0: 0',
      'zero 1: 0',
      'zero 2: 0',
      'one 0: 0',
      'one 1: 1',
      'one 2: 1',
      'two 0: 0',
      'two 1: 1',
      'two 2: 2',
    ])
    await peer.end()
  })

  it('gets a message once, at the highest QoS of its filters (MQTT5-3.3.4-2, MQTT3-3.3.5-1)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'over/#', { qos: 0 })
    await subscribed(peer, 'over/+', { qos: 2 })
    await subscribed(peer, 'over/a', { qos: 1 })
    peer.send(publishPacket('over/a', 'x', { qos: 2, messageId: 1 }))
    const messages = (await peer.settled()).filter(({ cmd }) => cmd === 'publish')
    expect(messages).toMatchObject([{ qos: 2 }])
    await peer.end()
  })

  it('replaces a subscription, loses nothing, and gets what is retained again (MQTT5-3.8.4-3, MQTT5-3.8.4-4, MQTT3-3.8.4-3)', async () => {
    const topic = `replaced/${version}`
    const peer = await enter(gateway, version)
    peer.send(publishPacket(topic, 'kept', { qos: 1, messageId: 1, retain: true }))
    await peer.settled()
    peer.send(subscribePacket(topic, { qos: 0 }))
    expect(textsOf(await peer.settled())).toEqual(['kept'])
    peer.send(subscribePacket(topic, { qos: 1 }), publishPacket(topic, 'live', { qos: 1, messageId: 2 }))
    const messages = (await peer.settled()).flatMap((one) =>
      one.cmd === 'publish' ? [`${one.payload.toString()} ${one.qos}`] : [],
    )
    expect(messages.toSorted()).toEqual(['kept 1', 'live 1'])
    await peer.end()
  })

  it('leaves exactly the filters it names, and hears no more of them (MQTT5-3.10.4-1, MQTT5-3.10.4-2, MQTT5-3.10.4-4, MQTT5-3.10.4-5, MQTT5-3.10.4-6, MQTT3-3.10.4-1, MQTT3-3.10.4-2, MQTT3-3.10.4-4, MQTT3-3.10.4-5, MQTT3-3.10.4-6)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, ['u/a', 'u/+', 'v/b'], { qos: 0 })
    peer.send(unsubscribePacket(['u/a', 'U/+', 'w', 'v/b'], 8))
    const [answer, ...others] = await peer.settled()
    expect(answer).toMatchObject({ cmd: 'unsuback', messageId: 8 })
    expect(others).toEqual([])
    const codes = version === 5 ? { granted: [0, 0x11, 0x11, 0] } : {} // in the order of the filters
    expect(answer).toMatchObject(codes)
    peer.send(publishPacket('u/a', 'still by u/+'), publishPacket('v/b', 'not'))
    expect(textsOf(await peer.settled())).toEqual(['still by u/+'])
    await peer.end()
  })

  it('still gets what had begun when it left (MQTT5-3.10.4-3, MQTT3-3.10.4-3)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'begun', { qos: 2 })
    peer.send(publishPacket('begun', 'x', { qos: 2, messageId: 1 }))
    const delivery = (await peer.settled()).find(({ cmd }) => cmd === 'publish')
    peer.send(unsubscribePacket(['begun']), { cmd: 'pubrec', messageId: delivery?.messageId } as Packet)
    const answers = await peer.settled()
    expect(answers).toContainEqual(expect.objectContaining({ cmd: 'pubrel', messageId: delivery?.messageId }))
    await peer.end()
  })

  it('matches by level (MQTT5-4.7.1-1, MQTT5-4.7.1-2, MQTT3-4.7.1-2, MQTT3-4.7.1-3)', async () => {
    const peer = await enter(gateway, version)
    await subscribed(peer, 'sport/tennis/#', { qos: 0 })
    await subscribed(peer, '+/x', { qos: 0 })
    const heard = ['sport/tennis', 'sport/tennis/a', 'sport/tennis/a/b', '/x', 'a/x']
    const others = ['sport', 'sport/tennisx', 'x', 'a/b/x', 'a/x/b']
    for (const topic of [...heard, ...others]) peer.send(publishPacket(topic, topic))
    expect(textsOf(await peer.settled())).toEqual(heard)
    await peer.end()
  })
})

describe('the codes of refused filters', () => {
  const deny = (action: string) => action !== 'iot:Subscribe'

  it('are those of SUBACK and UNSUBACK (MQTT5-3.9.3-2, MQTT5-3.11.3-1, MQTT5-3.11.3-2)', async () => {
    await using denying = await startTestGateway({ isAllowed: deny })
    const peer = await enter(denying, 5)
    expect(await subscribed(peer, ['a', '$SYS/#'])).toMatchObject({ granted: [0x87, 0x8f] })
    peer.send(unsubscribePacket(['b', 'a']))
    expect(await peer.next()).toMatchObject({ cmd: 'unsuback', granted: [0x11, 0x11] })
    await peer.end()
  })

  it('are 0x80 for 3.1.1 where refusals are explained (MQTT3-3.9.3-2, MQTT3-3.8.4-5)', async () => {
    await using denying = await startTestGateway({ isAllowed: deny, refusals: 'explain' })
    const peer = await enter(denying, 4)
    expect(await subscribed(peer, ['a', '$SYS/#'])).toMatchObject({ granted: [0x80, 0x80] })
    await peer.end()
  })

  it('close 3.1.1 as on AWS where they are not', async () => {
    await using denying = await startTestGateway({ isAllowed: deny })
    const peer = await enter(denying, 4)
    peer.send(subscribePacket('a'))
    expect(await peer.rest()).toEqual([])
  })
})

describe('subscription options of MQTT 5', () => {
  it('No Local keeps back what the client itself publishes (MQTT5-3.8.3-3)', async () => {
    const peer = await enter(gateway, 5)
    const other = await enter(gateway, 5, { clientId: 'other' })
    await subscribed(peer, 'local', { qos: 0, nl: true })
    peer.send(publishPacket('local', 'own'))
    expect(await peer.settled()).toEqual([])
    other.send(publishPacket('local', 'foreign'))
    expect(await other.settled()).toEqual([])
    expect(textsOf(await peer.settled())).toEqual(['foreign'])
    await Promise.all([peer.end(), other.end()])
  })

  it.each([
    ['0 sends what is retained each time (MQTT5-3.3.1-9)', 0, ['kept', 'kept']],
    ['1 sends it to a new subscription (MQTT5-3.3.1-10)', 1, ['kept']],
    ['2 sends nothing (MQTT5-3.3.1-11)', 2, []],
  ] as const)('Retain Handling %s', async (_what, rh, expected) => {
    const topic = `handling/${rh}`
    const peer = await enter(gateway, 5)
    peer.send(publishPacket(topic, 'kept', { qos: 1, messageId: 1, retain: true }))
    await peer.settled()
    const texts: string[] = []
    for (let round = 0; round < 2; round++) {
      peer.send(subscribePacket([`handling/${rh}`], { qos: 0, rh }))
      texts.push(...textsOf(await peer.settled()))
    }
    expect(texts).toEqual(expected)
    await peer.end()
  })

  it('a subscription with wildcards gets what is retained, by the standard (MQTT5-3.3.1-9)', async () => {
    const peer = await enter(gateway, 5)
    for (const [at, topic] of ['wild/1', 'wild/2', 'wild'].entries())
      peer.send(publishPacket(topic, topic, { qos: 1, messageId: at + 1, retain: true }))
    await peer.settled()
    peer.send(subscribePacket('wild/#', { qos: 0 }))
    expect(textsOf(await peer.settled()).toSorted()).toEqual(['wild', 'wild/1', 'wild/2'])
    await peer.end()
  })

  it('the identifiers of all filters that match come with the message (MQTT5-3.3.4-3, MQTT5-3.3.4-4)', async () => {
    const peer = await enter(gateway, 5)
    await subscribed(peer, 'id/#', { qos: 0, subscriptionIdentifier: 1 })
    await subscribed(peer, 'id/+', { qos: 0, subscriptionIdentifier: 268_435_455 })
    await subscribed(peer, 'id/b', { qos: 0 })
    await subscribed(peer, 'other', { qos: 0, subscriptionIdentifier: 7 })
    peer.send(publishPacket('id/a', 'x'), publishPacket('id/a/b', 'y'))
    const identifiers = (await peer.settled()).map(
      (one) => one.cmd === 'publish' && one.properties?.subscriptionIdentifier,
    )
    expect(identifiers.map((one) => new Set([one].flat()))).toEqual([new Set([1, 268_435_455]), new Set([1])])
    await peer.end()
  })
})

describe('the AWS profile', () => {
  it('refuses QoS 2, subscription identifiers, and does not match the parent', async () => {
    await using aws = await startTestGateway({ retains: true })
    for (const [bytes, reasonCode] of [
      [packet(0x82, 0, 1, 0, 'a', 2), 0x9b],
      [packet(0x82, 0, 1, 2, 0x0b, 5, 'a', 1), 0xa1],
      [packet(0x34, 'a', 0, 1, 0), 0x9b],
      [packet(0x62, 0, 1), 0x82],
    ] as const) {
      const peer = await enter(aws, 5)
      peer.send(bytes)
      expect(await peer.rest()).toMatchObject([{ cmd: 'disconnect', reasonCode }])
    }
    const peer = await enter(aws, 5)
    peer.send(publishPacket('p', 'kept', { qos: 1, messageId: 1, retain: true }))
    await peer.settled()
    await subscribed(peer, 'p/#', { qos: 0 })
    peer.send(publishPacket('p', 'parent'), publishPacket('p/c', 'child'))
    expect(textsOf(await peer.settled())).toEqual(['child'])
    await peer.end()
  })
})

/** What is retained, and what subscribers see of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../../src/gateway/ports/testing/test-gateway.ts'
import { enter, publishPacket, subscribed, textsOf, type Version } from './peer.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ profile: 'standard', retains: true })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const versions = [4, 5] as const

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

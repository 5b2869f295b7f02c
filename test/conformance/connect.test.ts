/** CONNECT and CONNACK. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packet, startTestGateway, type TestGateway } from '../../src/gateway/ports/testing/test-gateway.ts'
import { connectPacketOf, dialPeer, enter, publishPacket, subscribed, type Version } from './peer.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ profile: 'standard', refusals: 'explain', retains: true })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const badText = Buffer.from([0, 3, 0x61, 0xff, 0x62])

describe('MQTT 5 refuses a CONNECT, closes, and processes nothing after it (MQTT5-3.1.4-1, MQTT5-3.1.4-6):', () => {
  it.each([
    ['another protocol name (MQTT5-3.1.2-1)', packet(0x10, 'MQTX', 5, 2, 0, 60, 0, 'x'), undefined],
    ['a reserved flag (MQTT5-3.1.2-3)', packet(0x10, 'MQTT', 5, 3, 0, 60, 0, 'x'), 0x81],
    ['a will flag without a will (MQTT5-3.1.2-9)', packet(0x10, 'MQTT', 5, 6, 0, 60, 0, 'x'), 0x81],
    ['a will QoS without a will (MQTT5-3.1.2-11)', packet(0x10, 'MQTT', 5, 0x0a, 0, 60, 0, 'x'), 0x81],
    ['a will QoS of 3 (MQTT5-3.1.2-12)', packet(0x10, 'MQTT', 5, 0x1e, 0, 60, 0, 'x', 0, 't', 'p'), 0x81],
    ['a will retain without a will (MQTT5-3.1.2-13)', packet(0x10, 'MQTT', 5, 0x22, 0, 60, 0, 'x'), 0x81],
    [
      'a user name without its flag (MQTT5-3.1.2-16)',
      packet(0x10, 'MQTT', 5, 2, 0, 60, 0, 'x', 'name'),
      0x81,
    ],
    ['a user name flag without one (MQTT5-3.1.2-17)', packet(0x10, 'MQTT', 5, 0x82, 0, 60, 0, 'x'), 0x81],
    [
      'a password without its flag (MQTT5-3.1.2-18)',
      packet(0x10, 'MQTT', 5, 0x82, 0, 60, 0, 'x', 'n', 'p'),
      0x81,
    ],
    ['a password flag without one (MQTT5-3.1.2-19)', packet(0x10, 'MQTT', 5, 0x42, 0, 60, 0, 'x'), 0x81],
    ['no client id at all (MQTT5-3.1.3-3)', packet(0x10, 'MQTT', 5, 2, 0, 60, 0), 0x81],
    ['a client id that is not UTF-8 (MQTT5-3.1.3-4)', packet(0x10, 'MQTT', 5, 2, 0, 60, 0, badText), 0x81],
    [
      'a will topic that is not UTF-8 (MQTT5-3.1.3-11)',
      packet(0x10, 'MQTT', 5, 6, 0, 60, 0, 'x', 0, badText, 'p'),
      0x81,
    ],
    [
      'a user name that is not UTF-8 (MQTT5-3.1.3-12)',
      packet(0x10, 'MQTT', 5, 0x82, 0, 60, 0, 'x', badText),
      0x81,
    ],
    [
      'an authentication method (MQTT5-4.12.0-1, MQTT5-4.12.0-4)',
      packet(0x10, 'MQTT', 5, 2, 0, 60, 4, 0x15, 'm', 'x'),
      0x8c,
    ],
    ['a Receive Maximum of 0 (MQTT5-4.9.0-1)', packet(0x10, 'MQTT', 5, 2, 0, 60, 3, 0x21, 0, 0, 'x'), 0x82],
  ])('%s', async (_what, bytes, reasonCode) => {
    const heard: string[] = []
    using _listening = gateway.fabric.subscribe('123456789012', 'late', ({ topic }) => void heard.push(topic))
    const peer = await dialPeer(gateway, 5)
    peer.send(bytes, publishPacket('late', 'x'))
    const expected = reasonCode === undefined ? [] : [{ cmd: 'connack', reasonCode, sessionPresent: false }]
    expect(await peer.rest()).toMatchObject(expected)
    expect(heard).toEqual([])
  })
})

describe('MQTT 3.1.1 closes without CONNACK, and processes nothing after it (MQTT3-3.1.4-1, MQTT3-3.1.4-5):', () => {
  it.each([
    ['another protocol name (MQTT3-3.1.2-1)', packet(0x10, 'MQTX', 4, 2, 0, 60, 'x')],
    ['a reserved flag (MQTT3-3.1.2-3)', packet(0x10, 'MQTT', 4, 3, 0, 60, 'x')],
    ['a will flag without a will (MQTT3-3.1.2-9)', packet(0x10, 'MQTT', 4, 6, 0, 60, 'x')],
    ['a will without its flag (MQTT3-3.1.2-11)', packet(0x10, 'MQTT', 4, 2, 0, 60, 'x', 't', 'p')],
    ['a will QoS without a will (MQTT3-3.1.2-13)', packet(0x10, 'MQTT', 4, 0x0a, 0, 60, 'x')],
    ['a will QoS of 3 (MQTT3-3.1.2-14)', packet(0x10, 'MQTT', 4, 0x1e, 0, 60, 'x', 't', 'p')],
    ['a will retain without a will (MQTT3-3.1.2-15)', packet(0x10, 'MQTT', 4, 0x22, 0, 60, 'x')],
    ['a user name without its flag (MQTT3-3.1.2-18)', packet(0x10, 'MQTT', 4, 2, 0, 60, 'x', 'name')],
    ['a user name flag without one (MQTT3-3.1.2-19)', packet(0x10, 'MQTT', 4, 0x82, 0, 60, 'x')],
    ['a password without its flag (MQTT3-3.1.2-20)', packet(0x10, 'MQTT', 4, 0x82, 0, 60, 'x', 'n', 'p')],
    ['a password flag without one (MQTT3-3.1.2-21)', packet(0x10, 'MQTT', 4, 0xc2, 0, 60, 'x', 'n')],
    ['a password without a user name (MQTT3-3.1.2-22)', packet(0x10, 'MQTT', 4, 0x42, 0, 60, 'x', 'p')],
    ['no client id at all (MQTT3-3.1.3-3)', packet(0x10, 'MQTT', 4, 2, 0, 60)],
    ['a client id that is not UTF-8 (MQTT3-3.1.3-4)', packet(0x10, 'MQTT', 4, 2, 0, 60, badText)],
    ['a will topic that is not UTF-8 (MQTT3-3.1.3-10)', packet(0x10, 'MQTT', 4, 6, 0, 60, 'x', badText, 'p')],
    ['a user name that is not UTF-8 (MQTT3-3.1.3-11)', packet(0x10, 'MQTT', 4, 0x82, 0, 60, 'x', badText)],
    [
      'a will topic with a wildcard, for which no code fits (MQTT3-3.2.2-6)',
      packet(0x10, 'MQTT', 4, 6, 0, 60, 'x', '#', 'p'),
    ],
  ])('%s', async (_what, bytes) => {
    const heard: string[] = []
    using _listening = gateway.fabric.subscribe('123456789012', 'late', ({ topic }) => void heard.push(topic))
    const peer = await dialPeer(gateway, 4)
    peer.send(bytes, publishPacket('late', 'x'))
    expect(await peer.rest()).toEqual([])
    expect(heard).toEqual([])
  })
})

describe('an answer and then the end', () => {
  it.each([
    [
      'levels that are not offered get return code 1 (MQTT3-3.1.2-2, MQTT5-3.1.2-2)',
      packet(0x10, 'MQTT', 6, 2, 0, 60, 'x'),
      1,
    ],
    [
      'an empty id with a session to keep gets return code 2 (MQTT3-3.1.3-8, MQTT3-3.1.3-9, MQTT3-3.1.3-7)',
      packet(0x10, 'MQTT', 4, 0, 0, 60, ''),
      2,
    ],
  ])('%s', async (_what, bytes, returnCode) => {
    const peer = await dialPeer(gateway, 4)
    peer.send(bytes, packet(0xc0))
    expect(await peer.rest()).toMatchObject([{ cmd: 'connack', returnCode, sessionPresent: false }])
  })

  it('MQTT 5 says why a policy denies the connection (MQTT5-3.1.4-2, MQTT5-3.2.2-6, MQTT5-3.2.2-7, MQTT5-3.2.2-8)', async () => {
    await using denying = await startTestGateway({ refusals: 'explain', isAllowed: () => false })
    const peer = await dialPeer(denying, 5)
    peer.send(connectPacketOf(5))
    const [connack] = await peer.rest()
    expect(connack).toMatchObject({ cmd: 'connack', reasonCode: 0x87, sessionPresent: false })
    expect(connack).toHaveProperty('properties.reasonString', expect.stringContaining('iot:Connect'))
  })

  it('MQTT 3.1.1 says that a policy denies it (MQTT3-3.2.2-4, MQTT3-3.2.2-5)', async () => {
    await using denying = await startTestGateway({ refusals: 'explain', isAllowed: () => false })
    const peer = await dialPeer(denying, 4)
    peer.send(connectPacketOf(4))
    expect(await peer.rest()).toMatchObject([{ cmd: 'connack', returnCode: 5, sessionPresent: false }])
  })

  it('a client id that the AWS profile reserves (MQTT5-3.1.3-8, MQTT3-3.1.3-9)', async () => {
    await using aws = await startTestGateway()
    for (const version of [4, 5] as const) {
      const peer = await dialPeer(aws, version)
      peer.send(connectPacketOf(version, { clientId: '$mine' }))
      const code = version === 5 ? { reasonCode: 0x85 } : { returnCode: 2 }
      expect(await peer.rest()).toMatchObject([{ cmd: 'connack', ...code }])
    }
  })

  it('a will of QoS 2 where that is not offered (MQTT5-3.2.2-12)', async () => {
    await using aws = await startTestGateway()
    const peer = await dialPeer(aws, 5)
    const will = { topic: 'w', payload: Buffer.from('x'), qos: 2, retain: false } as const
    peer.send(connectPacketOf(5, { will }))
    expect(await peer.rest()).toMatchObject([{ cmd: 'connack', reasonCode: 0x9b }])
  })
})

describe.each<Version>([4, 5])('a client of level %i', (version) => {
  it('may have any id of letters and digits (MQTT5-3.1.3-5, MQTT3-3.1.3-5, MQTT5-3.1.4-5, MQTT3-3.1.4-4)', async () => {
    for (const clientId of ['0', 'abcdefghijklmnopqrstuvw', 'ABCXYZ0189', 'x'.repeat(1000)]) {
      const peer = await enter(gateway, version, { clientId })
      expect(peer.connack).toMatchObject(version === 5 ? { reasonCode: 0 } : { returnCode: 0 })
      await peer.end()
    }
  })

  it('gets an id of its own for none (MQTT5-3.1.3-6, MQTT5-3.1.3-7, MQTT5-3.2.2-16, MQTT3-3.1.3-6)', async () => {
    const [one, other] = [
      await enter(gateway, version, { clientId: '' }),
      await enter(gateway, version, { clientId: '' }),
    ]
    expect([await one.settled(), await other.settled()]).toEqual([[], []]) // neither took the other's place
    const ids = [one, other].map(({ connack }) => JSON.stringify(connack).match(/\$GEN[^"]+/)?.[0])
    expect(ids.map((id) => id !== undefined)).toEqual([version === 5, version === 5])
    expect(ids[0] === ids[1]).toBe(version === 4)
    await Promise.all([one.end(), other.end()])
  })

  it('takes the place of who had its id (MQTT5-3.1.4-3, MQTT3-3.1.4-2, MQTT5-3.1.3-2, MQTT3-3.1.3-2)', async () => {
    const first = await enter(gateway, version, { clientId: 'same' })
    const second = await enter(gateway, version, { clientId: 'same' })
    const farewell = version === 5 ? [{ cmd: 'disconnect', reasonCode: 0x8e }] : []
    expect(await first.rest()).toMatchObject(farewell)
    expect(await second.settled()).toEqual([])
    await second.end()
  })

  it('is closed after one and a half keep alives without a packet (MQTT5-3.1.2-22, MQTT3-3.1.2-24, MQTT5-3.2.2-22)', async () => {
    const clock = { now: new Date('2026-01-01T00:00:00Z') }
    await using timed = await startTestGateway({ profile: 'standard', now: () => clock.now })
    const peer = await enter(timed, version, { keepalive: 10 })
    clock.now = new Date(clock.now.getTime() + 14_900)
    expect(await peer.settled()).toEqual([])
    clock.now = new Date(clock.now.getTime() + 15_600)
    expect(await peer.rest()).toMatchObject(version === 5 ? [{ cmd: 'disconnect', reasonCode: 0x8d }] : [])
  })

  it('without a keep alive stays by the standard (MQTT5-3.2.2-22, MQTT3-3.1.2-24)', async () => {
    const clock = { now: new Date('2026-01-01T00:00:00Z') }
    await using timed = await startTestGateway({ profile: 'standard', now: () => clock.now })
    const peer = await enter(timed, version, { keepalive: 0, clientId: `idle-${version}` })
    const other = await enter(timed, version, { keepalive: 10, clientId: 'other' })
    clock.now = new Date(clock.now.getTime() + 86_400_000)
    await other.rest() // so the times have been looked at
    expect(await peer.settled()).toEqual([])
    await peer.end()
  })
})

it('says what it offers, without reserved bits (MQTT5-3.2.2-1, MQTT5-3.2.2-9, MQTT5-2.2.2-1)', async () => {
  const raw = await gateway.dial()
  raw.send(packet(0x10, 'MQTT', 5, 2, 0, 60, 0, 'raw'))
  expect((await raw.receive(3))[2]).toBe(0)
  raw.socket.destroy()
  const standard = await enter(gateway, 5)
  expect(standard.connack).not.toHaveProperty('properties.maximumQoS')
  expect(standard.connack).toHaveProperty('properties.subscriptionIdentifiersAvailable', true)
  await standard.end()
  await using aws = await startTestGateway()
  const peer = await enter(aws, 5, { properties: { requestResponseInformation: false } })
  expect(peer.connack).toMatchObject({
    properties: {
      maximumQoS: 1,
      topicAliasMaximum: 8,
      receiveMaximum: 100,
      subscriptionIdentifiersAvailable: false,
      retainAvailable: true,
    },
  })
  await peer.end()
})

it('gives no response information and no authentication method (MQTT5-3.1.2-28, MQTT5-4.12.0-6)', async () => {
  const peer = await enter(gateway, 5, { properties: { requestResponseInformation: false } })
  expect(peer.connack).not.toHaveProperty('properties.responseInformation')
  expect(peer.connack).not.toHaveProperty('properties.authenticationMethod')
  await peer.end()
})

describe('a reason string', () => {
  const deny = (action: string) => action !== 'iot:Publish' && action !== 'iot:Subscribe'

  it.each([
    ['is in PUBACK and SUBACK of whoever wants to hear it (MQTT5-3.1.2-29)', {}, true],
    ['is left out for a client that does not (MQTT5-3.1.2-29)', { requestProblemInformation: false }, false],
    [
      'is left out where the packet would grow too large (MQTT5-3.4.2-2, MQTT5-3.9.2-1, MQTT5-3.2.2-19)',
      { maximumPacketSize: 60 },
      false,
    ],
  ])('%s', async (_what, properties, isThere) => {
    await using denying = await startTestGateway({ refusals: 'explain', isAllowed: deny })
    const peer = await enter(denying, 5, { properties })
    peer.send(publishPacket('a', 'x', { qos: 1, messageId: 7 }))
    const answers = [await peer.next(), await subscribed(peer, 'a')]
    expect(answers).toMatchObject([
      { cmd: 'puback', reasonCode: 0x87 },
      { cmd: 'suback', granted: [0x87] },
    ])
    for (const answer of answers) {
      const reason = (answer as { properties?: { reasonString?: string } }).properties?.reasonString
      expect(reason !== undefined).toBe(isThere)
      expect(reason?.includes('iot:') ?? false).toBe(isThere)
    }
    await peer.end()
  })

  it.each([
    ['is in DISCONNECT (MQTT5-3.14.4-1, MQTT5-3.14.4-2, MQTT5-3.14.2-2)', {}, true],
    ['is not in one that would grow too large (MQTT5-3.14.2-3)', { maximumPacketSize: 40 }, false],
  ])('%s', async (_what, properties, isThere) => {
    const peer = await enter(gateway, 5, { properties })
    peer.send(packet(0x30, 'a/#', 0))
    const [last, ...others] = await peer.rest()
    expect(others).toEqual([])
    expect(last).toMatchObject({ cmd: 'disconnect', reasonCode: 0x90 })
    expect((last as { properties?: { reasonString?: string } }).properties?.reasonString !== undefined).toBe(
      isThere,
    )
    expect(last).not.toHaveProperty('properties.sessionExpiryInterval')
  })
})

describe('a Maximum Packet Size', () => {
  it('that CONNACK is above leaves nothing but a closed connection (MQTT5-3.1.2-24)', async () => {
    await using explaining = await startTestGateway({ refusals: 'explain' })
    const watcher = await enter(explaining, 5, { clientId: 'watcher' })
    await subscribed(watcher, '$aws/events/#')
    await subscribed(watcher, 'will')
    await watcher.settled()
    const will = { topic: 'will', payload: Buffer.from('gone'), qos: 0 as const, retain: false }
    const peer = await dialPeer(explaining, 5)
    const properties = { maximumPacketSize: 10, sessionExpiryInterval: 60 }
    peer.send(connectPacketOf(5, { clean: false, properties, will }))
    expect(await peer.rest()).toEqual([])
    const { details } = await explaining.recorded('limit-exceeded')
    expect(details).toEqual({
      error: expect.stringMatching(/^an answer of \d+ bytes is above the Maximum Packet Size of 10$/),
    })
    expect(await watcher.settled()).toEqual([])
    const again = await enter(explaining, 5, { clean: false, properties: { sessionExpiryInterval: 60 } })
    expect(again.connack).toMatchObject({ sessionPresent: false })
    await Promise.all([again.end(), watcher.end()])
  })

  it('that an answer is above ends the connection (MQTT5-3.1.2-24)', async () => {
    const peer = await enter(gateway, 5, { properties: { maximumPacketSize: 40 } })
    for (let messageId = 1; messageId < 9; messageId += 1)
      await subscribed(
        peer,
        Array.from({ length: 8 }, (_, index) => `size/${messageId}/${index}`),
      )
    peer.send({
      cmd: 'unsubscribe',
      messageId: 9,
      unsubscriptions: Array.from({ length: 40 }, (_, n) => `x/${n}`),
    })
    expect(await peer.rest()).toMatchObject([{ cmd: 'disconnect', reasonCode: 0x95 }])
  })

  it('that not even DISCONNECT fits into ends it all the same (MQTT5-3.1.2-24)', async () => {
    await using explaining = await startTestGateway({ refusals: 'explain', admit: async () => 'close' })
    const peer = await dialPeer(explaining, 5)
    peer.send(connectPacketOf(5, { properties: { maximumPacketSize: 3 } }))
    expect(await peer.rest()).toEqual([])
  })
})

it('never says DISCONNECT before CONNACK (MQTT5-3.14.0-1)', async () => {
  await using silent = await startTestGateway()
  const peer = await dialPeer(silent, 5)
  peer.send(packet(0x10, 'MQTT', 5, 3, 0, 60, 0, 'x'))
  expect(await peer.rest()).toEqual([])
})

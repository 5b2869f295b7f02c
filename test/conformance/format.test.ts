/** Packets that break the rules of their form: the connection is closed, and MQTT 5 says why. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packet, startTestGateway, type TestGateway } from '../../src/gateway/ports/testing/test-gateway.ts'
import { dialPeer, enter, publishPacket } from './peer.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ profile: 'standard' })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const badText = Buffer.from([0, 3, 0x61, 0xff, 0x62])
const surrogate = Buffer.from([0, 3, 0xed, 0xa0, 0x80])
const nul = Buffer.from([0, 3, 0x61, 0, 0x62])
const malformed = 0x81
const protocolError = 0x82

describe('MQTT 5 closes the connection, and says why, on', () => {
  it.each([
    ['a topic that is not UTF-8 (MQTT5-1.5.4-1, MQTT5-3.3.2-1)', packet(0x30, badText, 0), 0x90],
    [
      'a filter with a surrogate (MQTT5-1.5.4-1, MQTT5-3.8.3-1)',
      packet(0x82, 0, 1, 0, surrogate, 0),
      malformed,
    ],
    ['a filter to leave that is not UTF-8 (MQTT5-3.10.3-1)', packet(0xa2, 0, 1, 0, badText), malformed],
    ['a NUL in a topic (MQTT5-1.5.4-2, MQTT5-4.7.3-2)', packet(0x30, nul, 0), 0x90],
    ['a NUL in a filter (MQTT5-1.5.4-2, MQTT5-4.7.3-2)', packet(0x82, 0, 1, 0, nul, 0), malformed],
    ['a padded property length (MQTT5-1.5.5-1)', packet(0x30, 'a', 0x80, 0), malformed],
    [
      'a user property that is not UTF-8 (MQTT5-1.5.7-1)',
      packet(0x30, 'a', 9, 0x26, badText, 'v', 'x'),
      malformed,
    ],
    ['a content type that is not UTF-8 (MQTT5-3.3.2-19)', packet(0x30, 'a', 6, 0x03, badText), malformed],
    ['a response topic that is not UTF-8 (MQTT5-3.3.2-13)', packet(0x30, 'a', 6, 0x08, badText), malformed],
    ['flags of PINGREQ (MQTT5-2.1.3-1)', packet(0xc1), malformed],
    ['flags of PUBREL (MQTT5-3.6.1-1)', packet(0x60, 0, 1), malformed],
    ['flags of SUBSCRIBE (MQTT5-3.8.1-1)', packet(0x80, 0, 1, 0, 'a', 0), malformed],
    ['flags of UNSUBSCRIBE (MQTT5-3.10.1-1)', packet(0xa0, 0, 1, 0, 'a'), malformed],
    ['flags of DISCONNECT (MQTT5-3.14.1-1)', packet(0xe1), malformed],
    ['AUTH nobody asked for (MQTT5-4.12.0-7, MQTT5-3.15.1-1)', packet(0xf0, 0x18, 0), protocolError],
    ['packet id 0 of PUBLISH (MQTT5-2.2.1-3)', packet(0x32, 'a', 0, 0, 0), malformed],
    ['packet id 0 of SUBSCRIBE (MQTT5-2.2.1-3)', packet(0x82, 0, 0, 0, 'a', 0), malformed],
    ['a second CONNECT (MQTT5-3.1.0-2)', packet(0x10, 'MQTT', 5, 2, 0, 60, 0, 'x'), protocolError],
    ['DUP with QoS 0 (MQTT5-3.3.1-2, MQTT5-4.3.1-1)', packet(0x38, 'a', 0), malformed],
    ['QoS 3 (MQTT5-3.3.1-4)', packet(0x36, 'a', 0, 1, 0), malformed],
    ['a wildcard in a topic (MQTT5-3.3.2-2, MQTT5-4.7.0-1)', packet(0x30, 'a/+', 0), 0x90],
    ['topic alias 0 (MQTT5-3.3.2-8)', packet(0x30, 'a', 3, 0x23, 0, 0), 0x94],
    ['a topic alias above the maximum (MQTT5-3.3.2-9)', packet(0x30, 'a', 3, 0x23, 0xff, 0xff), 0x94],
    ['a response topic with a wildcard (MQTT5-3.3.2-14)', packet(0x30, 'a', 6, 0x08, 'b/#'), protocolError],
    ['a subscription identifier in PUBLISH (MQTT5-3.3.4-6)', packet(0x30, 'a', 2, 0x0b, 1), protocolError],
    ['a reason code that is none of PUBACK (MQTT5-3.4.2-1)', packet(0x40, 0, 1, 0x92), protocolError],
    ['a reason code that is none of PUBREC (MQTT5-3.5.2-1)', packet(0x50, 0, 1, 0x92), protocolError],
    ['a reason code that is none of PUBREL (MQTT5-3.6.2-1)', packet(0x62, 0, 1, 0x10), protocolError],
    ['a reason code that is none of PUBCOMP (MQTT5-3.7.2-1)', packet(0x70, 0, 1, 0x10), protocolError],
    ['a reason code that is none of DISCONNECT (MQTT5-3.14.2-1)', packet(0xe0, 0x8e), protocolError],
    ['SUBSCRIBE without a filter (MQTT5-3.8.3-2)', packet(0x82, 0, 1, 0), protocolError],
    ['UNSUBSCRIBE without a filter (MQTT5-3.10.3-2)', packet(0xa2, 0, 1, 0), protocolError],
    ['reserved bits of subscription options (MQTT5-3.8.3-5)', packet(0x82, 0, 1, 0, 'a', 0x40), malformed],
    [
      'No Local with a shared subscription (MQTT5-3.8.3-4)',
      packet(0x82, 0, 1, 0, '$share/g/a', 4),
      protocolError,
    ],
    ['# before the end (MQTT5-4.7.1-1)', packet(0x82, 0, 1, 0, 'a/#/b', 0), 0x8f],
    ['# beside other characters (MQTT5-4.7.1-1)', packet(0x82, 0, 1, 0, 'a#', 0), 0x8f],
    ['+ beside other characters (MQTT5-4.7.1-2)', packet(0x82, 0, 1, 0, 'a/+b', 0), 0x8f],
    ['an empty topic (MQTT5-4.7.3-1)', packet(0x30, '', 0), protocolError],
    ['an empty filter (MQTT5-4.7.3-1)', packet(0x82, 0, 1, 0, '', 0), 0x8f],
    ['a share without a name (MQTT5-4.8.2-1)', packet(0x82, 0, 1, 0, '$share//a', 0), 0x8f],
    ['a wildcard in a share name (MQTT5-4.8.2-2)', packet(0x82, 0, 1, 0, '$share/+/a', 0), 0x8f],
    ['a share without a filter (MQTT5-4.8.2-2)', packet(0x82, 0, 1, 0, '$share/g/', 0), 0x8f],
    ['what is a protocol error (MQTT5-4.13.1-1, MQTT5-4.13.2-1)', packet(0x20, 0, 0, 0), protocolError],
  ])('%s', async (_what, bytes, reasonCode) => {
    const peer = await enter(gateway, 5)
    peer.send(bytes)
    expect(await peer.rest()).toMatchObject([{ cmd: 'disconnect', reasonCode }])
  })
})

describe('MQTT 3.1.1 closes the connection on', () => {
  it.each([
    ['a topic that is not UTF-8 (MQTT3-1.5.3-1, MQTT3-3.3.2-1)', packet(0x30, badText)],
    ['a filter with a surrogate (MQTT3-1.5.3-1, MQTT3-3.8.3-1)', packet(0x82, 0, 1, surrogate, 0)],
    ['a filter to leave that is not UTF-8 (MQTT3-3.10.3-1)', packet(0xa2, 0, 1, badText)],
    ['a NUL in a topic (MQTT3-1.5.3-2, MQTT3-4.7.3-2)', packet(0x30, nul)],
    ['flags of PINGREQ (MQTT3-2.2.2-1, MQTT3-2.2.2-2)', packet(0xc1)],
    ['flags of PUBREL (MQTT3-3.6.1-1)', packet(0x60, 0, 1)],
    ['flags of SUBSCRIBE (MQTT3-3.8.1-1)', packet(0x80, 0, 1, 'a', 0)],
    ['flags of UNSUBSCRIBE (MQTT3-3.10.1-1)', packet(0xa0, 0, 1, 'a')],
    ['flags of DISCONNECT (MQTT3-3.14.1-1)', packet(0xe1)],
    ['packet id 0 of PUBLISH (MQTT3-2.3.1-1)', packet(0x32, 'a', 0, 0)],
    ['a second CONNECT (MQTT3-3.1.0-2)', packet(0x10, 'MQTT', 4, 2, 0, 60, 'x')],
    ['DUP with QoS 0 (MQTT3-3.3.1-2, MQTT3-4.3.1-1)', packet(0x38, 'a')],
    ['QoS 3 (MQTT3-3.3.1-4)', packet(0x36, 'a', 0, 1)],
    ['a wildcard in a topic (MQTT3-3.3.2-2, MQTT3-4.7.1-1)', packet(0x30, 'a/+')],
    ['SUBSCRIBE without a filter (MQTT3-3.8.3-3)', packet(0x82, 0, 1)],
    ['UNSUBSCRIBE without a filter (MQTT3-3.10.3-2)', packet(0xa2, 0, 1)],
    ['reserved bits beside the QoS of a filter (MQTT3-3.8.3-4)', packet(0x82, 0, 1, 'a', 4)],
    ['QoS 3 of a filter (MQTT3-3.8.3-4)', packet(0x82, 0, 1, 'a', 3)],
    ['# before the end (MQTT3-4.7.1-2)', packet(0x82, 0, 1, 'a/#/b', 0)],
    ['+ beside other characters (MQTT3-4.7.1-3)', packet(0x82, 0, 1, 'a/+b', 0)],
    ['an empty topic (MQTT3-4.7.3-1)', packet(0x30, '')],
    ['an empty filter (MQTT3-4.7.3-1)', packet(0x82, 0, 1, '', 0)],
    ['what only servers send (MQTT3-4.8.0-1)', packet(0x20, 0, 0)],
  ])('%s', async (_what, bytes) => {
    const peer = await enter(gateway, 4)
    peer.send(bytes)
    expect(await peer.rest()).toEqual([])
  })
})

it.each([4, 5] as const)(
  'closes on a first packet that is not CONNECT (MQTT5-3.1.0-1, MQTT3-3.1.0-1) (level %i)',
  async (version) => {
    const wire = await gateway.dial({ ALPNProtocols: ['mqtt'] })
    wire.send(version === 5 ? packet(0x30, 'a', 0) : packet(0x30, 'a'))
    expect((await wire.closed).length).toBe(0)
  },
)

it.each([4, 5] as const)(
  'keeps U+FEFF in names (MQTT5-1.5.4-3, MQTT3-1.5.3-3) (level %i)',
  async (version) => {
    const peer = await enter(gateway, version)
    const [properties, topic] = [version === 5 ? [0] : [], '\uFEFFa']
    peer.send(packet(0x82, 0, 1, ...properties, topic, 0))
    await peer.next()
    peer.send(publishPacket('a', 'without'), publishPacket(topic, 'with'))
    expect(await peer.next()).toMatchObject({ cmd: 'publish', topic, payload: Buffer.from('with') })
    expect(await peer.settled()).toEqual([])
    await peer.end()
  },
)

it('sends nothing before CONNACK, and that once (MQTT5-3.2.0-1, MQTT5-3.2.0-2, MQTT3-3.2.0-1)', async () => {
  const peer = await dialPeer(gateway, 5)
  peer.send(packet(0x10, 'MQTT', 5, 2, 0, 60, 0, 'early'), packet(0xc0), packet(0xc0))
  const answers = [await peer.next(), await peer.next(), await peer.next()]
  expect(answers.map(({ cmd }) => cmd)).toEqual(['connack', 'pingresp', 'pingresp'])
  expect(await peer.settled()).toEqual([])
  await peer.end()
})

it.each([4, 5] as const)('answers PINGREQ (MQTT5-3.12.4-1, MQTT3-3.12.4-1) (level %i)', async (version) => {
  const peer = await enter(gateway, version)
  peer.send({ cmd: 'pingreq' })
  expect(await peer.next()).toMatchObject({ cmd: 'pingresp' })
  await peer.end()
})

import { expect, it } from 'vitest'
import { enter } from './testing/test-clients.ts'
import { connectPacket, packet, startTestGateway } from './testing/test-gateway.ts'
import { allBut } from './testing/test-policies.ts'

const publish = (topic: string, header = 0x30, ...rest: number[]) =>
  packet(header, topic, ...(header & 6 ? [0, 7] : []), ...rest)
const publish5 = (topic: string, header = 0x30) => publish(topic, header, 0)
const q1 = 0x32
const q2 = 0x34
const deepTopic = 'a/b/c/d/e/f/g/h/i'
const longTopic = 'x'.repeat(257)

it.each([
  ['a denied topic', publish('denied', q1), 'publish-denied', publish5('denied', q1), '4003000787'],
  ['a denied topic at QoS 0', publish('denied'), 'publish-denied', publish5('denied'), 'e00187'],
  [
    'an event that is Muster’s own',
    publish('$aws/events/certificates/registered/x', q1),
    'publish-denied',
    publish5('$aws/events/certificates/registered/x', q1),
    '4003000790',
  ],
  [
    'an unknown reserved topic',
    publish('$SYS/x', q1),
    'publish-denied',
    publish5('$SYS/x', q1),
    '4003000790',
  ],
  ['a topic of 9 levels', publish(deepTopic, q1), 'protocol-error', publish5(deepTopic, q1), '4003000790'],
  ['a topic of 257 bytes', publish(longTopic, q1), 'protocol-error', publish5(longTopic, q1), '4003000790'],
  ['a topic with a wildcard', publish('a/#', q1), 'protocol-error', publish5('a/#', q1), 'e00190'],
  ['an empty topic', publish('', q1), 'protocol-error', publish5('', q1), 'e00182'],
  ['QoS 2', publish('a', q2), 'protocol-error', publish5('a', q2), 'e0019b'],
  ['QoS 3', publish('a', 0x36), 'protocol-error', publish5('a', 0x36), 'e00181'],
  ['packet id 0', packet(q1, 'a', 0, 0), 'protocol-error', packet(q1, 'a', 0, 0, 0), 'e00181'],
  ['a cut-off PUBLISH', packet(0x30, 0, 9, 1), 'protocol-error', packet(0x30, 0, 9, 1), 'e00181'],
  ['a second CONNECT', connectPacket.v3(), 'protocol-error', connectPacket.v5(), 'e00182'],
  ['a packet of servers', packet(0x20, 0, 0), 'protocol-error', packet(0x20, 0, 0), 'e00182'],
  ['PUBREL', packet(0x62, 0, 1), 'protocol-error', packet(0x62, 0, 1, 0), 'e00182'],
  ['packet type 0', packet(0x00), 'protocol-error', packet(0x00), 'e00181'],
  ['PINGREQ with flags', packet(0xc1), 'protocol-error', packet(0xc1), 'e00181'],
  [
    'a remaining length of 5 bytes',
    Buffer.from([0x30, 255, 255, 255, 255, 1]),
    'protocol-error',
    Buffer.from([0x30, 255, 255, 255, 255, 1]),
    'e00181',
  ],
  [
    'a packet that is announced as too large',
    Buffer.from([0x30, 255, 255, 127]),
    'limit-exceeded',
    Buffer.from([0x30, 255, 255, 127]),
    'e00195',
  ],
  [
    'QoS 2 in SUBSCRIBE',
    packet(0x82, 0, 1, 'a', 2),
    'protocol-error',
    packet(0x82, 0, 1, 0, 'a', 2),
    'e0019b',
  ],
  [
    'a denied filter',
    packet(0x82, 0, 1, 'denied', 1),
    'subscribe-denied',
    packet(0x82, 0, 1, 0, 'denied', 1),
    '900400010087',
  ],
  [
    'a reserved filter',
    packet(0x82, 0, 1, '$SYS/#', 1),
    'subscribe-denied',
    packet(0x82, 0, 1, 0, '$SYS/#', 1),
    '90040001008f',
  ],
  [
    'a malformed filter',
    packet(0x82, 0, 1, 'a/#/b', 1),
    'protocol-error',
    packet(0x82, 0, 1, 0, 'a/#/b', 1),
    'e0018f',
  ],
  ['SUBSCRIBE without a filter', packet(0x82, 0, 1), 'protocol-error', packet(0x82, 0, 1, 0), 'e00182'],
  ['UNSUBSCRIBE without a filter', packet(0xa2, 0, 1), 'protocol-error', packet(0xa2, 0, 1, 0), 'e00182'],
])('refuses %s: closes 3.1.1, gives 5 its code', async (_what, v3, code, v5, answer) => {
  await using gateway = await startTestGateway(
    allBut('iot:Publish topic/denied', 'iot:Subscribe topicfilter/denied'),
  )
  const old = await enter(gateway, 'v3', 'old')
  old.send(v3)
  expect(await old.rest()).toBe('')
  expect(gateway.codes()).toEqual(['connected', code])
  const young = await enter(gateway, 'v5', 'young')
  young.send(v5)
  expect(await (answer.startsWith('e0') ? young.rest() : young.read(answer.length / 2))).toBe(answer)
  expect(gateway.codes().slice(2)).toEqual(['connected', code])
  young.socket.destroy()
  expect(gateway.errors).toEqual([])
})

it.each([
  ['the topic alias 0', packet(0x30, 'a', 3, 0x23, 0, 0), 'e00194'],
  ['a topic alias above the maximum', packet(0x30, 'a', 3, 0x23, 0, 9), 'e00194'],
  ['a topic alias that stands for nothing', packet(0x30, '', 3, 0x23, 0, 1), 'e00194'],
  ['a response topic with a wildcard', packet(0x30, 'a', 6, 0x08, 'b/#', 'x'), 'e00182'],
  ['a subscription identifier', packet(0x82, 0, 1, 2, 0x0b, 5, 'a', 1), 'e001a1'],
  ['a shared subscription', packet(0x82, 0, 1, 0, '$share/g/a', 1), '900400010001'],
  ['a content type of 257 bytes', packet(q1, 'a', 0, 7, 0x84, 2, 3, longTopic), '4003000797'],
  ['AUTH', packet(0xf0, 0x18, 0), 'e00182'],
])('answers %s over MQTT 5', async (_what, bytes, answer) => {
  await using gateway = await startTestGateway()
  const wire = await enter(gateway, 'v5')
  wire.send(bytes)
  expect(await wire.read(answer.length / 2)).toBe(answer)
  wire.socket.destroy()
})

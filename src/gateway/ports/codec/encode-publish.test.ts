import { parser } from 'mqtt-packet'
import { expect, it } from 'vitest'
import type { Message } from '../../../fabric/in-process/index.ts'
import { PublishEncoder, writeStamp } from './encode-publish.ts'

const message = (more: Partial<Message> = {}): Message => ({
  accountId: '1',
  topic: 'lämpen/1',
  payload: Buffer.from('on'),
  qos: 1,
  retain: false,
  ...more,
})

const qos1 = (version: 4 | 5, retain: boolean, packetId: number) =>
  ({ version, qos: 1, retain, packetId, isDuplicate: false }) as const

function read(bytes: Buffer, protocolVersion: number): unknown {
  const packets: unknown[] = []
  const reader = parser({ protocolVersion })
  reader.on('packet', (packet) => packets.push(packet))
  reader.parse(bytes)
  return packets[0]
}

it.each([4, 5] as const)('writes what another parser reads (MQTT level %i)', (version) => {
  const encoder = new PublishEncoder()
  for (const size of [0, 100, 200, 20_000, 3_000_000]) {
    const one = message({ payload: Buffer.alloc(size, 1) })
    const fields = { topic: one.topic, dup: false }
    const first = read(encoder.encodeQos0(one, version, true), version)
    expect(first).toMatchObject({ ...fields, qos: 0, retain: true })
    const second = read(encoder.encode(one, qos1(version, false, 65_535)), version)
    expect(second).toMatchObject({ ...fields, qos: 1, retain: false, messageId: 65_535 })
    expect([first, second].map(payloadOf).every((payload) => payload?.equals(one.payload))).toBe(true)
  }
})

/** Millions of bytes are compared at once, not one by one. */
const payloadOf = (packet: unknown) => (packet as { payload?: Buffer } | undefined)?.payload

it('writes the properties for MQTT 5 alone', () => {
  const encoder = new PublishEncoder()
  const one = message({ properties: { contentType: 'text/plain', correlationData: new Uint8Array([7]) } })
  const packet = read(encoder.encode(one, qos1(5, false, 9)), 5)
  expect(packet).toMatchObject({
    messageId: 9,
    properties: { contentType: 'text/plain', correlationData: Buffer.from([7]) },
  })
  expect(read(encoder.encodeQos0(one, 4, false), 4)).not.toHaveProperty('properties')
})

it('encodes a message once for all its QoS 0 receivers of a version', () => {
  const encoder = new PublishEncoder()
  const one = message()
  expect(encoder.encodeQos0(one, 4, false)).toBe(encoder.encodeQos0(one, 4, false))
  expect(encoder.encodeQos0(one, 5, false)).not.toBe(encoder.encodeQos0(one, 4, false))
  expect(encoder.encode(one, qos1(4, false, 1))).not.toBe(encoder.encode(one, qos1(4, false, 2)))
})

it('sends the bytes that came on to receivers of the same version, and only for that message', () => {
  const encoder = new PublishEncoder()
  const one = message()
  const wire = Buffer.from('the very bytes')
  encoder.remember(one, 4, wire)
  expect(encoder.encodeQos0(one, 4, false)).toBe(wire)
  expect(encoder.encodeQos0(one, 5, false)).not.toBe(wire)
  expect(encoder.encodeQos0(message(), 4, false)).not.toBe(wire)
})

it('stamps a packet that is shared, so that a copy is what a receiver of its own would get', () => {
  const encoder = new PublishEncoder()
  const one = message()
  const form = { version: 5, qos: 1, retain: false, packetId: 258, isDuplicate: true } as const
  const first = encoder.encodeStamped(one, form)
  const second = encoder.encodeStamped(one, { ...form, packetId: 7, isDuplicate: false })
  expect(second?.packet).toBe(first?.packet)
  const copy = Buffer.concat([Buffer.from([0xd0, 0]), first!.packet])
  writeStamp(copy, 2, first!.stamp)
  expect(copy.subarray(2)).toEqual(encoder.encode(one, form))
  expect(encoder.encodeStamped(one, { ...form, topicAlias: 1 })).toBeUndefined()
})

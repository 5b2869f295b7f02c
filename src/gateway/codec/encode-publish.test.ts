import { parser } from 'mqtt-packet'
import { expect, it } from 'vitest'
import type { Message } from '../../fabric/index.ts'
import { PublishEncoder } from './encode-publish.ts'

const message = (more: Partial<Message> = {}): Message => ({
  accountId: '1',
  topic: 'lämpen/1',
  payload: Buffer.from('on'),
  qos: 1,
  retain: false,
  ...more,
})

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
    const fields = { topic: one.topic, payload: one.payload, dup: false }
    expect(read(encoder.encodeQos0(one, version, true), version)).toMatchObject({
      ...fields,
      qos: 0,
      retain: true,
    })
    const packet = read(encoder.encodeQos1(one, version, false, 65_535), version)
    expect(packet).toMatchObject({ ...fields, qos: 1, retain: false, messageId: 65_535 })
  }
})

it('writes the properties for MQTT 5 alone', () => {
  const encoder = new PublishEncoder()
  const one = message({ properties: { contentType: 'text/plain', correlationData: new Uint8Array([7]) } })
  const packet = read(encoder.encodeQos1(one, 5, false, 9), 5)
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
  expect(encoder.encodeQos1(one, 4, false, 1)).not.toBe(encoder.encodeQos1(one, 4, false, 2))
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

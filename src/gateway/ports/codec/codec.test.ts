/** The whole codec against itself and against another one, on packets that are made up. */
import fc from 'fast-check'
import { generate, parser, type Packet } from 'mqtt-packet'
import { expect, it } from 'vitest'
import type { Message, MessageProperties } from '../../../fabric/in-process/index.ts'
import { decodeConnect, decodeSessionPacket, packetType } from './decode.ts'
import { PublishEncoder, type DeliveryForm } from './encode-publish.ts'
import * as encode from './encode.ts'
import { FrameReader, type Frame } from './frames.ts'
import { PacketFault } from './packet-fault.ts'
import type { ProtocolVersion } from './packets.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((one) => !one.includes('\0'))
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((one) => Buffer.from(one))
const uint16 = fc.integer({ min: 1, max: 0xffff })
const uint32 = fc.nat(0xffff_ffff)
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const)
const versions = fc.constantFrom<ProtocolVersion>(4, 5)
const userProperties = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 })

const messageProperties: fc.Arbitrary<MessageProperties> = fc.record(
  {
    contentType: text,
    responseTopic: text,
    correlationData: bytes(20),
    payloadFormatIndicator: fc.boolean(),
    messageExpiryInterval: uint32,
    userProperties,
  },
  { requiredKeys: [] },
)

const message: fc.Arbitrary<Message> = fc.record(
  {
    accountId: fc.constant('1'),
    topic: text,
    payload: bytes(300),
    qos,
    retain: fc.boolean(),
    properties: messageProperties,
  },
  { requiredKeys: ['accountId', 'topic', 'payload', 'qos', 'retain'] },
)

function framesOf(stream: Buffer, cuts: readonly number[] = []): Buffer[] {
  const reader = new FrameReader(1_000_000)
  const frames: Buffer[] = []
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const end = at + (cuts[turn % cuts.length] ?? stream.length)
    reader.push(stream.subarray(at, end))
    at = end
    for (let frame = reader.next(); frame; frame = reader.next())
      frames.push(frame.buffer.subarray(frame.start, frame.end))
  }
  return frames
}

function frameOf(packet: Buffer): Frame {
  const reader = new FrameReader(1_000_000)
  reader.push(packet)
  const frame = reader.next()
  if (!frame || frame.end !== packet.length) throw new Error('not one whole packet')
  return frame
}

function decodeAll(stream: Buffer, cuts: readonly number[], version: ProtocolVersion): void {
  for (const packet of framesOf(stream, cuts)) {
    const frame = frameOf(packet)
    if (packetType(frame) === 'connect') decodeConnect(frame)
    else decodeSessionPacket(frame, version)
  }
}

function faultOf(work: () => void): unknown {
  try {
    work()
    return undefined
  } catch (cause) {
    return cause
  }
}

/** As a client reads it. */
function readByOther(packet: Uint8Array, protocolVersion: ProtocolVersion): Packet {
  const packets: Packet[] = []
  const reader = parser({ protocolVersion })
  reader.on('packet', (one) => packets.push(one))
  reader.on('error', (cause) => {
    throw cause
  })
  reader.parse(Buffer.from(packet))
  const [first] = packets
  if (!first || packets.length > 1) throw new Error('not one packet')
  return first
}

it('reads back every PUBLISH it writes, properties in their order', () => {
  fc.assert(
    fc.property(message, versions, qos, uint16, (one, level, level2, packetId) => {
      const form: DeliveryForm = {
        version: level,
        qos: level2,
        retain: one.retain,
        packetId,
        isDuplicate: false,
      }
      const packet = decodeSessionPacket(frameOf(new PublishEncoder().encode(one, form)), level)
      const { properties = {} } = one
      const hasProperties = level === 5 && Object.keys(properties).length > 0
      expect(packet).toMatchObject({
        type: 'publish',
        topic: one.topic,
        payload: one.payload,
        qos: level2,
        retain: one.retain,
        isDuplicate: false,
        packetId: level2 === 0 ? 0 : packetId,
      })
      const read = 'properties' in packet ? packet.properties : undefined
      expect(read).toEqual(hasProperties ? properties : undefined)
    }),
    { numRuns: 500 },
  )
})

it('adds to a PUBLISH what one delivery asks for, and nothing to the next', () => {
  const own = fc.record(
    {
      topicAlias: uint16,
      isTopicOmitted: fc.boolean(),
      expirySeconds: uint32,
      subscriptionIdentifiers: fc.array(fc.integer({ min: 1, max: 268_435_455 }), {
        minLength: 1,
        maxLength: 3,
      }),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(
      message,
      own,
      fc.constantFrom(1 as const, 2 as const),
      uint16,
      (one, extra, level, packetId) => {
        const encoder = new PublishEncoder()
        const plain: DeliveryForm = { version: 5, qos: level, retain: false, packetId, isDuplicate: true }
        const before = encoder.encode(one, plain)
        const isTopicOmitted = extra.isTopicOmitted === true && extra.topicAlias !== undefined
        const packet = readByOther(encoder.encode(one, { ...plain, ...extra, isTopicOmitted }), 5)
        const expiry = extra.expirySeconds ?? one.properties?.messageExpiryInterval
        const identifiers = extra.subscriptionIdentifiers
        const properties = {
          ...(expiry !== undefined && { messageExpiryInterval: expiry }),
          ...(extra.topicAlias !== undefined && { topicAlias: extra.topicAlias }),
          ...(identifiers && {
            subscriptionIdentifier: identifiers.length === 1 ? identifiers[0] : identifiers,
          }),
        }
        expect(packet).toMatchObject({
          cmd: 'publish',
          topic: isTopicOmitted ? '' : one.topic,
          dup: true,
          messageId: packetId,
          payload: one.payload,
          ...(Object.keys(properties).length > 0 && { properties }),
        })
        expect(encoder.encode(one, plain)).toEqual(before)
      },
    ),
    { numRuns: 300 },
  )
})

const acknowledgements = [
  ['puback', encode.encodePuback, [0, 0x10, 0x80, 0x87, 0x97]],
  ['pubrec', encode.encodePubrec, [0, 0x10, 0x80, 0x91, 0x99]],
  ['pubrel', encode.encodePubrel, [0, 0x92]],
  ['pubcomp', encode.encodePubcomp, [0, 0x92]],
] as const

it.each(acknowledgements)('reads back every %s it writes', (type, write, codes) => {
  const properties = fc.option(fc.record({ reasonString: text, userProperties }), { nil: undefined })
  fc.assert(
    fc.property(uint16, fc.constantFrom<number>(...codes), properties, (packetId, reasonCode, more) => {
      const packet = write(packetId, reasonCode, more)
      expect(decodeSessionPacket(frameOf(packet), 5)).toEqual({ type, packetId, reasonCode })
      expect(readByOther(packet, 5)).toMatchObject({
        cmd: type,
        messageId: packetId,
        reasonCode,
        ...(more && { properties: { reasonString: more.reasonString } }),
      })
    }),
  )
})

it('writes CONNACK, SUBACK, UNSUBACK and DISCONNECT as another parser reads them', () => {
  const codes = fc.array(fc.constantFrom(0, 1, 2, 0x80), { minLength: 1, maxLength: 5 })
  const reason = fc.option(fc.record({ reasonString: text.filter((one) => one !== '') }), { nil: undefined })
  fc.assert(
    fc.property(versions, uint16, codes, reason, (level, messageId, granted, more) => {
      const shown = level === 5 && more ? { properties: more } : {}
      const connack = encode.encodeConnack(level, 0, { receiveMaximum: 9, ...more }, true)
      expect(readByOther(connack, level)).toMatchObject({ cmd: 'connack', sessionPresent: true, ...shown })
      expect(readByOther(encode.encodeConnack(level, 5, {}, true), level)).toMatchObject({
        sessionPresent: false,
      })
      const suback = encode.encodeSuback(level, messageId, granted, more)
      expect(readByOther(suback, level)).toMatchObject({ cmd: 'suback', messageId, granted, ...shown })
      const unsubackCodes = granted.map((code) => (code === 0 ? 0 : 0x11))
      const unsuback = encode.encodeUnsuback(level, messageId, unsubackCodes, more)
      expect(readByOther(unsuback, level)).toMatchObject({ cmd: 'unsuback', messageId, ...shown })
      const disconnect = encode.encodeDisconnect(0x87, more)
      expect(readByOther(disconnect, 5)).toMatchObject({
        cmd: 'disconnect',
        reasonCode: 0x87,
        ...(more && { properties: more }),
      })
    }),
  )
})

it('reads SUBSCRIBE, UNSUBSCRIBE and DISCONNECT as another codec writes them', () => {
  const filter = text.filter((one) => one !== '')
  const wanted = fc.record({
    topic: filter,
    qos,
    nl: fc.boolean(),
    rap: fc.boolean(),
    rh: fc.constantFrom(0 as const, 1 as const, 2 as const),
  })
  fc.assert(
    fc.property(
      versions,
      uint16,
      fc.array(wanted, { minLength: 1, maxLength: 9 }),
      (level, messageId, all) => {
        const plain = all.map((one) =>
          level === 5 ? one : { ...one, nl: false, rap: false, rh: 0 as const },
        )
        const write = (packet: Packet) => frameOf(generate(packet, { protocolVersion: level }))
        const subscribe = write({ cmd: 'subscribe', messageId, subscriptions: plain } as never)
        expect(decodeSessionPacket(subscribe, level)).toEqual({
          type: 'subscribe',
          packetId: messageId,
          subscriptions: plain,
        })
        const filters = all.map(({ topic }) => topic)
        const unsubscribe = write({ cmd: 'unsubscribe', messageId, unsubscriptions: filters } as never)
        expect(decodeSessionPacket(unsubscribe, level)).toEqual({
          type: 'unsubscribe',
          packetId: messageId,
          filters,
        })
        if (level === 4) return
        const disconnect = write({
          cmd: 'disconnect',
          reasonCode: 4,
          properties: { sessionExpiryInterval: messageId },
        } as never)
        expect(decodeSessionPacket(disconnect, 5)).toEqual({
          type: 'disconnect',
          reasonCode: 4,
          sessionExpirySeconds: messageId,
        })
      },
    ),
  )
})

it('gives the same frames however a stream of packets is cut', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), cuts, versions, (messages, steps, level) => {
      const encoder = new PublishEncoder()
      const form = { version: level, qos: 1, retain: false, packetId: 7, isDuplicate: false } as const
      const packets = messages.map((one) => Buffer.from(encoder.encode(one, form)))
      expect(framesOf(Buffer.concat(packets), steps)).toEqual(packets)
    }),
  )
})

it('throws nothing but PacketFault, whatever the bytes and wherever they are cut', () => {
  const header = fc.nat(255)
  const body = fc.uint8Array({ maxLength: 60 })
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((one) => Buffer.from(one)),
    fc.tuple(header, body).map(([first, rest]) => Buffer.from([first, rest.length, ...rest])),
  )
  const cuts = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(fc.array(garbage, { maxLength: 4 }), cuts, versions, (parts, steps, level) => {
      expect(faultOf(() => decodeAll(Buffer.concat(parts), steps, level))).toSatisfy(
        (cause) => cause === undefined || cause instanceof PacketFault,
      )
    }),
    { numRuns: 3000 },
  )
})

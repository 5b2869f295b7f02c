import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { readEntry, writeEntry } from './entry-bytes.ts'
import type { Entry } from './index.ts'

function bytesOf(entry: Entry): Buffer {
  const writer = new ByteWriter()
  writer.begin()
  writeEntry(writer, entry)
  return Buffer.from(writer.written)
}

const read = (bytes: Buffer) => readEntry(new ByteReader(bytes, 0, bytes.length))

const optional = { requiredKeys: [] }
const text = fc.string({ unit: 'grapheme', maxLength: 300 })
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const properties = fc.record(
  {
    contentType: text,
    responseTopic: text,
    correlationData: bytes,
    payloadFormatIndicator: fc.boolean(),
    messageExpiryInterval: fc.nat(2 ** 32 - 1),
    userProperties: fc.array(fc.tuple(text, text), { maxLength: 5 }),
  },
  optional,
)
const message = fc.record(
  {
    accountId: text,
    topic: text,
    payload: bytes,
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    retain: fc.boolean(),
    properties,
    publisher: fc.record({ clientId: text }),
    hops: fc.nat(),
    isWill: fc.constant(true as const),
  },
  { requiredKeys: ['accountId', 'topic', 'payload', 'qos', 'retain'] },
)
const shares = fc.array(
  fc
    .tuple(text, text, fc.array(text, { maxLength: 3 }))
    .map(([name, node, tried]) => [name, node, ...tried] as const),
  { minLength: 1, maxLength: 4 },
)
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ message }),
  fc.record({ message, shares }),
  fc.record({ message, shares, isShared: fc.constant(true as const) }),
  fc.record({
    claim: fc.record({ accountId: text, clientId: text, number: fc.maxSafeNat(), nodeName: text }),
  }),
)

it('reads back whatever was written', () => {
  fc.assert(
    fc.property(entry, (given) => {
      expect(read(bytesOf(given))).toEqual(given)
    }),
  )
})

it.each([
  [
    { clientId: 'lamp', principal: 'a'.repeat(64), sourceIp: '127.0.0.1' },
    { publisher: { clientId: 'lamp' } },
  ],
  [{ principal: 'a'.repeat(64), sourceIp: '127.0.0.1' }, {}],
])('tells of the publisher %o no more than others need', (publisher, told) => {
  const common = { accountId: '1', topic: 'a', payload: Buffer.from('x'), qos: 0, retain: false } as const
  expect(read(bytesOf({ message: { ...common, publisher } }))).toEqual({ message: { ...common, ...told } })
})

it.each(['', 'x'.repeat(127), 'x'.repeat(128), 'ü', 'x'.repeat(126) + 'ü', '\u0000\u007f', '\u0080'])(
  'writes the text %o with its length before it',
  (value) => {
    const writer = new ByteWriter()
    writer.begin()
    writer.text(value)
    writer.text('next')
    const reader = new ByteReader(Buffer.from(writer.written), 0, writer.written.length)
    expect([reader.text(), reader.text()]).toEqual([value, 'next'])
    const { length } = Buffer.from(value)
    expect(writer.written.length).toBe((length < 128 ? 1 : 2) + length + 5)
  },
)

it('passes over what a later version adds behind it', () => {
  fc.assert(
    fc.property(entry, bytes, (given, more) => {
      expect(read(Buffer.concat([bytesOf(given), more]))).toEqual(given)
    }),
  )
})

describe('what is cut or changed', () => {
  it('is an error of its own kind, or another entry, wherever it is cut', () => {
    fc.assert(
      fc.property(entry, fc.nat(), (given, at) => {
        const whole = bytesOf(given)
        expect(() => read(whole.subarray(0, at % whole.length))).toThrow(RangeError)
      }),
    )
  })

  it('takes no time or memory that its size does not account for', () => {
    const endless = Buffer.from([
      1, 0b10000000, 1, 0x31, 1, 0x61, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f,
    ])
    expect(() => read(endless)).toThrow(RangeError)
  })

  it('of a kind that is not known is nothing', () => expect(read(Buffer.of(99, 1, 2, 3))).toBeUndefined())
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CborError, CborFloat, CborTime, decodeCbor, encodeCbor } from './cbor.ts'

const limits = { maxBytes: 1000, maxDepth: 4 }
const read = (hex: string) => decodeCbor(Buffer.from(hex.replaceAll(' ', ''), 'hex'), limits)

function outcomeOf(bytes: Uint8Array): unknown {
  try {
    decodeCbor(bytes, limits)
    return 'value'
  } catch (error) {
    return error
  }
}

describe('decodeCbor', () => {
  // examples of RFC 8949, appendix A
  it.each<[string, unknown]>([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['20', -1],
    ['3903e7', -1000],
    ['f93e00', 1.5],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['60', ''],
    ['6449455446', 'IETF'],
    ['62c3bc', 'ü'],
    ['80', []],
    ['83010203', [1, 2, 3]],
    ['a0', {}],
    ['a26161016162820203', { a: 1, b: [2, 3] }],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['9fff', []],
    ['9f01820203ff', [1, [2, 3]]],
    ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
  ])('reads %s as %j', (hex, value) => expect(read(hex)).toEqual(value))

  it.each([
    ['', 'expected 1 more bytes at byte 0'],
    ['18', 'expected 1 more bytes'],
    ['1bffffffffffffffff', 'at most 53 bits'],
    ['3b7fffffffffffffff', 'at most 53 bits'],
    ['1c', 'expected a number, or a length'],
    ['1f', 'expected a number, or a length'],
    ['40', 'expected a value that JSON has too'],
    ['c074', 'expected a value that JSON has too'],
    ['f7', 'expected true, false, null, or a number'],
    ['f820', 'expected true, false, null, or a number'],
    ['ff', 'expected true, false, null, or a number'],
    ['62', 'expected 2 more bytes'],
    ['7affffffff', 'expected 4294967295 more bytes'],
    ['9affffffff', 'expected 4294967295 more bytes'],
    ['bbffffffffffffffff', 'at most 53 bits'],
    ['61ff', 'text in UTF-8'],
    ['7f01ff', 'a part of a text'],
    ['7f7fffff', 'a part of a text'],
    ['9f01', 'expected 1 more bytes'],
    ['a10102', 'a name of text'],
    ['a2616101616102', 'each name once'],
    ['a1616101ff', 'nothing after the value'],
    ['8181818180', 'at most 4 levels'],
    ['9f9f9f9f9f', 'at most 4 levels'],
  ])('refuses %j: %s', (hex, text) => {
    expect(() => read(hex)).toThrow(CborError)
    expect(() => read(hex)).toThrow(text)
  })

  it('reads no more than it may', () => {
    expect(() => decodeCbor(new Uint8Array(1001), limits)).toThrow(
      'there are 1001 bytes, at most 1000 are read',
    )
  })

  it('gives names of a prototype no meaning', () => {
    const value = decodeCbor(encodeCbor(JSON.parse('{"__proto__":"x"}')), limits)
    expect(Object.keys(value as object)).toEqual(['__proto__'])
  })

  it('reads what encodeCbor wrote', () => {
    const text = fc.string({ unit: 'grapheme' })
    const leaf = fc.oneof(text, fc.nat())
    const value = fc.dictionary(text, fc.oneof(leaf, fc.dictionary(text, leaf)), { maxKeys: 20 })
    fc.assert(
      fc.property(value, (given) => {
        const whole = decodeCbor(encodeCbor(given), { maxBytes: 100_000, maxDepth: 4 })
        expect(JSON.parse(JSON.stringify(whole))).toEqual(JSON.parse(JSON.stringify(given)))
      }),
    )
  })

  it('ends with a value or a CborError whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const outcome = outcomeOf(bytes)
        expect(outcome === 'value' || outcome instanceof CborError).toBe(true)
      }),
    )
  })
})

describe('encodeCbor', () => {
  it.each<[unknown, number[]]>([
    [0, [0x00]],
    [23, [0x17]],
    [24, [0x18, 0x18]],
    [1000, [0x19, 0x03, 0xe8]],
    [1_000_000_000_000, [0x1b, 0, 0, 0, 0xe8, 0xd4, 0xa5, 0x10, 0]],
    ['IETF', [0x64, 0x49, 0x45, 0x54, 0x46]],
    [
      { a: 1, left: undefined, b: { c: 'x' } },
      [0xa2, 0x61, 0x61, 1, 0x61, 0x62, 0xa1, 0x61, 0x63, 0x61, 0x78],
    ],
  ])('encodes %j as RFC 8949 says', (value, bytes) => {
    expect([...encodeCbor(value)]).toEqual(bytes)
  })

  // examples of RFC 8949, appendix A
  it.each<[string, unknown]>([
    ['20', -1],
    ['3903e7', -1000],
    ['fb3ff199999999999a', 1.1],
    ['fb4008000000000000', new CborFloat(3)],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['83010203', [1, 2, 3]],
    ['c11b00000000514b67b0', new CborTime(1_363_896_240)],
    ['c1fb41d452d9ec200000', new CborTime(1_363_896_240.5)],
  ])('writes %s', (hex, value) => expect(encodeCbor(value).toString('hex')).toBe(hex))

  it.each([[undefined], [1n], [new Uint8Array(1)]])('does not encode %s', (value) => {
    expect(() => encodeCbor(value)).toThrow(TypeError)
  })
})

describe('times', () => {
  const times = { ...limits, takesTimes: true }
  const readTime = (hex: string) => decodeCbor(Buffer.from(hex, 'hex'), times)

  it.each<[string, unknown]>([
    ['c11a514b67b0', 1_363_896_240],
    ['c1fb41d452d9ec200000', 1_363_896_240.5],
    ['c120', -1],
    ['81c100', [0]],
  ])('are read from %s as epoch seconds', (hex, value) => expect(readTime(hex)).toEqual(value))

  it.each([
    ['c074323031332d30332d32315432303a30343a30305a', 'expected a time'], // as text
    ['c1', 'expected 1 more bytes'],
    ['c16131', 'expected epoch seconds'],
    ['c1f5', 'expected epoch seconds'],
    ['c1c100', 'expected epoch seconds'],
    ['c1a0', 'expected epoch seconds'],
  ])('are not read from %s', (hex, reason) => expect(() => readTime(hex)).toThrow(reason))

  it('are refused where nobody asks for them', () =>
    expect(() => read('c11a514b67b0')).toThrow('a value that JSON has too'))
})

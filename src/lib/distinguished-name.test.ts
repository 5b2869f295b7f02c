import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { der, encodeName, type SubjectInput } from '../../test/helpers/certificates.ts'
import { DerError } from './der.ts'
import { nameKey, parseDistinguishedName } from './distinguished-name.ts'

const parse = (subject: SubjectInput) => parseDistinguishedName(encodeName(subject))
const keyOf = (subject: SubjectInput) => nameKey(encodeName(subject))

function encode(text: string, encoding: string): Buffer {
  const points = Array.from(text, (character) => character.codePointAt(0)!)
  if (encoding === 'utf32be')
    return Buffer.concat(points.map((point) => Buffer.of(0, point >> 16, point >> 8, point)))
  if (encoding === 'utf16be') return Buffer.from(text, 'utf16le').swap16()
  return Buffer.from(text, encoding as BufferEncoding)
}

/** A name of one CN with this string type. */
const commonName = (tag: number, content: Uint8Array) =>
  der(0x30, der(0x31, der(0x30, der(6, Buffer.of(0x55, 4, 3)), der(tag, content))))

describe('the attributes of a name', () => {
  it('are found by the names that policies and templates use', () => {
    const name = parse([
      ['C', 'US'],
      ['ST', 'WA'],
      ['O', 'Acme'],
      ['OU', 'first'],
      ['OU', 'second'],
      ['CN', 'lamp-1'],
      ['serialNumber', 'S-1'],
      ['dnQualifier', 'Q'],
      ['title', 'T'],
      ['SN', 'Sur'],
      ['GN', 'Given'],
      ['initials', 'I'],
      ['pseudonym', 'P'],
      ['generationQualifier', 'Jr'],
    ])
    expect(name.get('Country')).toEqual(['US'])
    expect(name.get('State')).toEqual(['WA'])
    expect(name.get('Organization')).toEqual(['Acme'])
    expect(name.get('OrganizationalUnit')).toEqual(['first', 'second'])
    expect(name.get('CommonName')).toEqual(['lamp-1'])
    expect(name.get('SerialNumber')).toEqual(['S-1'])
    expect(name.get('DistinguishedNameQualifier')).toEqual(['Q'])
    expect(name.get('Title')).toEqual(['T'])
    expect(name.get('Surname')).toEqual(['Sur'])
    expect(name.get('GivenName')).toEqual(['Given'])
    expect(name.get('Initials')).toEqual(['I'])
    expect(name.get('Pseudonym')).toEqual(['P'])
    expect(name.get('GenerationQualifier')).toEqual(['Jr'])
  })

  it.each([
    'a\nO=evil',
    'a\r\nO=evil',
    'a, O=evil',
    'a+O=evil',
    'a/O=evil',
    '*',
    '#',
    '${iot:ClientId}',
    '../../x',
    'a\0b',
    '𝒳 é',
  ])('keep a CN of %j to the CN', (value) => {
    const name = parse([
      ['CN', value],
      ['O', 'good'],
    ])
    expect(name.get('CommonName')).toEqual([value])
    expect(name.get('Organization')).toEqual(['good'])
  })

  it('keep a CN of 10 kB whole', () => {
    expect(parse([['CN', 'x'.repeat(10_240)]]).get('CommonName')).toEqual(['x'.repeat(10_240)])
  })

  it.each([
    ['UTF8String', 0x0c, Buffer.from('é')],
    ['TeletexString', 0x14, Buffer.from('é', 'latin1')],
    ['BMPString', 0x1e, Buffer.of(0, 0xe9)],
    ['UniversalString', 0x1c, Buffer.of(0, 0, 0, 0xe9)],
  ])('are read from a %s', (_, tag, content) => {
    expect(parseDistinguishedName(commonName(tag, content)).get('CommonName')).toEqual(['é'])
  })

  it.each([
    ['UTF8String', 0x0c, 'utf8'],
    ['PrintableString', 0x13, 'utf8'],
    ['TeletexString', 0x14, 'latin1'],
    ['BMPString', 0x1e, 'utf16be'],
    ['UniversalString', 0x1c, 'utf32be'],
    ['NumericString', 0x12, 'utf8'],
    ['IA5String', 0x16, 'utf8'],
    ['VisibleString', 0x1a, 'utf8'],
  ])('have one text and one key, whichever string type they are in: %s', (_, tag, encoding) => {
    const bytes = commonName(tag, encode('pump-77', encoding))
    expect(parseDistinguishedName(bytes).get('CommonName')).toEqual(['pump-77'])
    expect(nameKey(bytes)).toBe(keyOf('CN=PUMP-77'))
  })

  it('are read beyond the basic plane from a UniversalString, as from a BMPString with surrogates', () => {
    for (const [tag, encoding] of [
      [0x1c, 'utf32be'],
      [0x1e, 'utf16be'],
    ] as const)
      expect(parseDistinguishedName(commonName(tag, encode('é𝒳', encoding))).get('CommonName')).toEqual([
        'é𝒳',
      ])
  })

  it.each([
    ['UTF8String', 0x0c, 'utf8'],
    ['BMPString', 0x1e, 'utf16be'],
    ['UniversalString', 0x1c, 'utf32be'],
  ])('keep a byte order mark, so that two names stay two: %s', (_, tag, encoding) => {
    const bytes = commonName(tag, encode('\ufefflamp', encoding))
    expect(parseDistinguishedName(bytes).get('CommonName')).toEqual(['\ufefflamp'])
  })

  it.each([
    ['a value of no string type', commonName(0x02, Buffer.of(7)), '#020107'],
    ['bytes that are not UTF-8', commonName(0x0c, Buffer.of(0xff)), '\ufffd'],
    ['half a character of a BMPString', commonName(0x1e, Buffer.of(0, 0x61, 0)), 'a\ufffd'],
    ['half a character of a UniversalString', commonName(0x1c, Buffer.of(0, 0, 0, 0x61, 0, 0)), 'a\ufffd'],
    [
      'what is beyond Unicode',
      commonName(0x1c, Buffer.of(0, 0x11, 0, 0, 0xff, 0xff, 0xff, 0xff)),
      '\ufffd\ufffd',
    ],
    ['a surrogate in a UniversalString', commonName(0x1c, Buffer.of(0, 0, 0xd8, 0)), '\ufffd'],
  ])('show %s without failing', (_, bytes, expected) => {
    expect(parseDistinguishedName(bytes).get('CommonName')).toEqual([expected])
  })
})

describe('a name as text', () => {
  it.each([
    [[['CN', 'a\nO=evil']], 'CN=a\\0AO=evil'],
    [[['CN', 'a, O=evil']], 'CN=a\\, O=evil'],
    [[['CN', ' #x ']], 'CN=\\ #x\\ '],
    [[['CN', 'a\u202eb']], 'CN=a\\E2\\80\\AEb'],
    [
      [
        [
          ['OU', 'a'],
          ['CN', 'b'],
        ],
      ],
      'OU=a+CN=b',
    ],
    [[['1.2.3.4', 'v']], '1.2.3.4=v'],
    [[], ''],
  ] as const)('stays one unambiguous line: %j', (subject, expected) => {
    expect(parse(subject as unknown as SubjectInput).toString()).toBe(expected)
  })
})

describe('the key of a name', () => {
  it.each([
    ['case', 'CN=Acme CA', 'CN=acme ca'],
    ['white space', [['CN', ' Acme  CA ']], 'CN=Acme CA'],
    [
      'order within one part',
      [
        [
          ['OU', 'a'],
          ['OU', 'b'],
        ],
      ],
      [
        [
          ['OU', 'b'],
          ['OU', 'a'],
        ],
      ],
    ],
    ['string type', commonName(0x13, Buffer.from('Acme CA')), commonName(0x0c, Buffer.from('Acme CA'))],
  ] as [string, SubjectInput, SubjectInput][])('does not depend on %s', (_, left, right) => {
    expect(keyOf(left)).toBe(keyOf(right))
  })

  it.each([
    ['another value', 'CN=a', 'CN=b'],
    ['another attribute', 'CN=a', 'OU=a'],
    ['another order of parts', 'OU=a,CN=b', 'CN=b,OU=a'],
    [
      'one part instead of two',
      'OU=a,CN=b',
      [
        [
          ['OU', 'a'],
          ['CN', 'b'],
        ],
      ],
    ],
    ['a value that looks like another attribute', [['CN', 'a2.5.4.11:1:b']], 'CN=a,OU=b'],
    ['an empty name', '', [['CN', '']]],
  ] as [string, SubjectInput, SubjectInput][])('differs for %s', (_, left, right) => {
    expect(keyOf(left)).not.toBe(keyOf(right))
  })

  it('is as long for any name', () => {
    const property = fc.property(fc.array(fc.string({ maxLength: 2000 })), (values) => {
      expect(keyOf(values.map((value) => ['CN', value] as const))).toMatch(/^[0-9a-f]{64}$/)
    })
    fc.assert(property, { numRuns: 50 })
  })
})

it.each([
  ['bytes that are no name', Buffer.of(2, 1, 1)],
  ['a set without attributes inside', der(0x30, der(0x31, der(2, Buffer.of(1))))],
  ['an attribute without type', der(0x30, der(0x31, der(0x30)))],
  ['an indefinite length', Buffer.of(0x30, 0x80, 0, 0)],
  ['no bytes', Buffer.alloc(0)],
])('refuses %s', (_, bytes) => {
  expect(() => parseDistinguishedName(bytes)).toThrow(DerError)
  expect(() => nameKey(bytes)).toThrow(DerError)
})

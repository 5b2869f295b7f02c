import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readProxyHeader } from './proxy-header.ts'

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
const header = (command: number, family: number, body: readonly number[], length = body.length) =>
  Buffer.from([...signature, command, family, length >> 8, length & 0xff, ...body])

const ipv4 = [10, 1, 2, 3, 192, 168, 0, 1, 0xd4, 0x31, 0x22, 0xb3] // 10.1.2.3:54321 -> 192.168.0.1:8883
const ipv6 = [
  0x20,
  0x01,
  0x0d,
  0xb8,
  ...Array<number>(11).fill(0),
  1,
  ...Array<number>(16).fill(9),
  0,
  80,
  1,
  187,
]
/** ALPN and what a balancer knows of TLS. */
const additions = [0x01, 0, 4, ...Buffer.from('mqtt'), 0x20, 0, 5, 1, 0, 0, 0, 0]

describe('reads the source of', () => {
  it.each([
    ['TCP over IPv4', header(0x21, 0x11, ipv4), { address: '10.1.2.3', port: 54_321 }],
    ['TCP over IPv6', header(0x21, 0x21, ipv6), { address: '2001:db8::1', port: 80 }],
    [
      'IPv4 as IPv6',
      header(0x21, 0x21, [...Array.from({ length: 10 }, () => 0), 255, 255, 192, 0, 2, 1, ...ipv6.slice(16)]),
      { address: '192.0.2.1', port: 80 },
    ],
    [
      'TCP with additions',
      header(0x21, 0x11, [...ipv4, ...additions]),
      { address: '10.1.2.3', port: 54_321 },
    ],
  ])('%s', (_what, bytes, source) => {
    expect(readProxyHeader(bytes)).toEqual({ length: bytes.length, source })
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from('hello')]))).toEqual({
      length: bytes.length,
      source,
    })
  })

  it.each([
    ['without addresses', header(0x20, 0x00, [])],
    ['with addresses, which do not count', header(0x20, 0x11, ipv4)],
  ])('a LOCAL connection %s: none', (_what, bytes) => {
    expect(readProxyHeader(bytes)).toEqual({ length: bytes.length })
  })
})

it('waits at every byte before the last one', () => {
  const bytes = header(0x21, 0x11, [...ipv4, ...additions])
  const waits = Array.from(bytes.keys(), (length) => readProxyHeader(bytes.subarray(0, length)))
  expect(new Set(waits)).toEqual(new Set(['incomplete']))
})

it.each([
  ['a TLS ClientHello', Buffer.from([22, 3, 1, 2, 0]), 'no PROXY protocol header'],
  [
    'a signature with one wrong byte',
    header(0x21, 0x11, ipv4).fill(0x55, 11, 12),
    'no PROXY protocol header',
  ],
  [
    'version 1',
    Buffer.from('PROXY TCP4 10.1.2.3 192.168.0.1 54321 8883\r\n'),
    'version 1 of the PROXY protocol',
  ],
  ['version 3', header(0x31, 0x11, ipv4), 'version 3 of the PROXY protocol'],
  ['an unknown command', header(0x22, 0x11, ipv4), 'the PROXY protocol command 2'],
  ['no family', header(0x21, 0x00, []), 'the PROXY protocol family 0x00, which is not TCP'],
  ['UDP over IPv4', header(0x21, 0x12, ipv4), 'the PROXY protocol family 0x12, which is not TCP'],
  ['UDP over IPv6', header(0x21, 0x22, ipv6), 'the PROXY protocol family 0x22, which is not TCP'],
  [
    'a UNIX socket',
    header(0x21, 0x31, Array<number>(216).fill(65)),
    'the PROXY protocol family 0x31, which is not TCP',
  ],
  [
    'IPv4 cut short',
    header(0x21, 0x11, ipv4.slice(0, 11)),
    'a PROXY protocol header too short for its addresses',
  ],
  ['IPv6 cut short', header(0x21, 0x21, ipv4), 'a PROXY protocol header too short for its addresses'],
  [
    'a header of 2049 bytes',
    header(0x21, 0x11, [], 2049),
    'a PROXY protocol header of 2049 bytes, above the limit of 2048',
  ],
])('refuses %s', (_what, bytes, refusal) => {
  expect(readProxyHeader(bytes)).toEqual({ refusal })
})

it('never takes more than it has', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (random, isSigned) => {
      const bytes = Buffer.from(isSigned ? [...signature, ...random] : random)
      const read = readProxyHeader(bytes)
      expect(read === 'incomplete' || 'refusal' in read || read.length <= bytes.length).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

import { describe, expect, it } from 'vitest'
import { parseAllowList } from './allow-list.ts'
import { createJudge } from './judge.ts'

/** A host with a public, a private, and a link-local address. */
const ownAddresses = () => ['203.0.113.5', '10.1.0.5', 'fd00::5', 'fe80::5']
const judge = (allowed: string[], address: string, port = 80) =>
  createJudge({ allowed: parseAllowList(allowed), ownAddresses })(address, port)

describe('an address that the operator has not listed', () => {
  it.each(['8.8.8.8', '::ffff:8.8.8.8', '2001:4860:4860::8888'])('may be %s, of the Internet', (address) =>
    expect(judge([], address)).toBeUndefined(),
  )

  it.each([
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '203.0.113.5',
    '::ffff:203.0.113.5',
    '10.1.0.5',
    'fd00::5',
  ])('is refused as this host: %s', (address) => expect(judge([], address)).toContain('this host'))

  it.each(['10.1.0.6', '192.168.0.1', '172.17.0.1', '100.64.1.1', 'fd00::6', '64:ff9b::a01:6'])(
    'is refused as a private network: %s',
    (address) => expect(judge([], address)).toContain('a private network'),
  )
})

it.each([
  ['loopback', '127.0.0.1'],
  ['loopback', '127.9.9.9'],
  ['loopback', '::1'],
  ['loopback', '::ffff:127.0.0.1'],
  ['127.0.0.1', '127.0.0.1'],
  ['127.0.0.1:80', '127.0.0.1'],
  ['[::1]:80', '::1'],
  ['private', '192.168.3.4'],
  ['private', 'fd00::6'],
  ['10.1.0.0/16', '10.1.0.6'],
  ['10.1.0.0/16:80', '10.1.0.6'],
  ['[fd00::/16]:80', 'fd00::6'],
  ['10.1.0.5', '10.1.0.5'],
  ['203.0.113.5', '::ffff:203.0.113.5'],
])('with %s, %s may be asked', (entry, address) => expect(judge([entry], address)).toBeUndefined())

it.each([
  ['127.0.0.1:8080', '127.0.0.1', 'the port is another one'],
  ['127.0.0.1', '127.0.0.2', 'the address is another one'],
  ['private', '127.0.0.1', 'loopback is not in it'],
  ['loopback', '10.1.0.5', 'this host has it as no loopback address'],
  ['private', '10.1.0.5', 'it is of this host, which happens to be in the range'],
  ['10.0.0.0/8', '10.1.0.5', 'it is of this host, which happens to be in the range'],
  ['0.0.0.0/0', '169.254.169.254', 'it is never asked'],
  ['169.254.169.254', '169.254.169.254', 'it is never asked'],
  ['::/0', 'fe80::1', 'it is never asked'],
  ['0.0.0.0/0', '64:ff9b::a9fe:a9fe', 'it is never asked'],
])('with %s, %s is refused: %s', (entry, address) => expect(judge([entry], address)).toBeDefined())

it.each([
  '10.0.0.0/33',
  'localhost',
  '127.0.0.1:0',
  '127.0.0.1:70000',
  '::1:80:',
  '10.0.0.0/8/8',
  '',
  'Loopback',
])('%j is no entry of the list', (entry) =>
  expect(() => parseAllowList([entry])).toThrow(`"${entry}" is none of`),
)

import { describe, expect, it } from 'vitest'
import { isNeverAsked, kindOfAddress } from './address-kind.ts'

describe('an address of kind never', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '[::ffff:a9fe:a9fe]',
    '::a9fe:a9fe',
    '::ffff:0:169.254.169.254',
    '[fe80::1]',
    'fe80::1%eth0',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '2001:0:5ef5:79fd::5601:5601',
    'fe80::5efe:a9fe:a9fe',
    '2001:db8::5efe:a9fe:a9fe',
    '2001:db8::200:5efe:a9fe:a9fe',
    'fd00:ec2::254',
    'fd20:ce::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '0.0.0.0',
    '0.1.2.3',
    '::',
    '224.0.0.1',
    '255.255.255.255',
    'ff02::1',
  ])('is %s', (address) => expect([kindOfAddress(address), isNeverAsked(address)]).toEqual(['never', true]))

  it.each([
    '2852039166',
    '0xA9FEA9FE',
    '0251.0376.0251.0376',
    '169.254.43518',
    '169.254.169.254.',
    '①⑥⑨.254.169.254',
  ])('is %s in a URL', (host) => expect(kindOfAddress(new URL(`http://${host}/`).hostname)).toBe('never'))
})

it.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['[::ffff:127.0.0.1]', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['10.0.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['::ffff:10.0.0.1', 'private'],
  ['64:ff9b::a00:1', 'private'],
  ['2002:c0a8:101::', 'private'],
  ['fd00::1', 'private'],
  ['fec0::1', 'private'],
  ['172.32.0.1', 'public'],
  ['169.253.0.1', 'public'],
  ['8.8.8.8', 'public'],
  ['2001:4860:4860::8888', 'public'],
  ['64:ff9b::808:808', 'public'],
])('%s is %s', (address, kind) => expect(kindOfAddress(address)).toBe(kind))

it.each(['pki.example', '', '1.2.3', '[::1', '1.2.3.4.5', 'localhost'])('%j is no address', (text) =>
  expect(kindOfAddress(text)).toBeUndefined(),
)

import { expect, it } from 'vitest'
import { addressGroup, parseAddressRanges, plainAddress } from './address-ranges.ts'

const ranges = parseAddressRanges(['10.0.0.0/8', '192.168.1.7', 'fd00::/8'])

it.each([
  ['10.200.3.4', true],
  ['192.168.1.7', true],
  ['fd12::1', true],
  ['11.0.0.1', false],
  ['192.168.1.8', false],
  ['fe80::1', false],
  ['::1', false],
  ['', false],
])('%s is in the ranges: %s', (address, isIn) => {
  expect(ranges.has(address)).toBe(isIn)
})

it.each([
  '',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  'fd00::/129',
  'balancer',
  '10.0.0/8',
  '10.0.0.0/ 8',
])('refuses "%s" as a range, by its name', (range) => {
  expect(() => parseAddressRanges(['10.0.0.0/8', range])).toThrow(`"${range}" is no range`)
})

it.each([
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['10.0.0.1', '10.0.0.1'],
  ['2001:db8::1', '2001:db8::1'],
])('writes %s as %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain)
})

it.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['10.0.0.1', '10.0.0.1'],
])('counts %s with %s', (address, group) => {
  expect(addressGroup(address)).toBe(group)
})

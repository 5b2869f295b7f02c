import { expect, it } from 'vitest'
import { decideProtocol } from './first-bytes.ts'

it.each([
  ['x-amzn-mqtt-ca', 0x47, 'mqtt'],
  ['mqtt', 0x00, 'mqtt'],
  ['x-amzn-http-ca', 0x10, 'http'],
  ['http/1.1', 0x10, 'http'],
  ['http/1.0', 0x10, 'http'],
  ['constructor', 0x10, 'mqtt'],
  [false, 0x10, 'mqtt'],
  [null, 0x47, 'http'],
  [false, 0x50, 'http'],
  [false, 0x00, 'unknown'],
  [false, 0x30, 'unknown'],
  [false, 0x16, 'unknown'],
  [false, 0x67, 'unknown'],
] as const)('ALPN %s and first byte %i mean %s', (alpn, byte, protocol) => {
  expect(decideProtocol(alpn, byte)).toBe(protocol)
})

import { expect, it } from 'vitest'
import { isMetadataAddress } from './metadata-addresses.ts'

it.each([
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '[::ffff:a9fe:a9fe]',
  '[fe80::1]',
  'fe80::1%eth0',
  '64:ff9b::a9fe:a9fe',
  'fd00:ec2::254',
  '100.100.100.200',
  '192.0.0.192',
])('%s is where credentials are given out', (address) => expect(isMetadataAddress(address)).toBe(true))

it.each(['127.0.0.1', '10.0.0.1', '[::1]', 'fd00::1', '169.253.0.1', '64:ff9b::7f00:1', 'pki.example', ''])(
  '%j is not',
  (address) => expect(isMetadataAddress(address)).toBe(false),
)

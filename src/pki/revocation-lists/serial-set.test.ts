import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { SerialSet } from './serial-set.ts'

/** The content of a DER INTEGER. */
function contentOf(value: bigint): Uint8Array {
  let length = 1
  while (BigInt.asIntN(length * 8, value) !== value) length++
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  )
}

/** As OpenSSL prints it: whole bytes, and a sign. */
function hexOf(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString(16).toUpperCase()
  return `${value < 0n ? '-' : ''}${digits.length % 2 ? '0' : ''}${digits}`
}

function setOf(values: Iterable<bigint>, expected = 0): SerialSet {
  const serials = new SerialSet(expected)
  for (const value of values) {
    const content = contentOf(value)
    serials.addInteger(content, 0, content.length)
  }
  return serials
}

const serial = fc.oneof(
  fc.bigInt({ min: -300n, max: 300n }),
  fc.bigInt({ min: -(2n ** 160n), max: 2n ** 160n }),
)

it('holds exactly what was added, whatever the numbers are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(serial, { maxLength: 60 }), fc.array(serial), (added, asked) => {
      const serials = setOf([...added, ...added])
      expect(serials.size).toBe(added.length)
      for (const value of [...added, ...asked]) expect(serials.has(hexOf(value))).toBe(added.includes(value))
    }),
  )
})

it.each([0, 100_000])('grows to a hundred thousand numbers when %i were expected', (expected) => {
  const serials = setOf(
    Array.from({ length: 100_000 }, (_, index) => 2n ** 127n + BigInt(index)),
    expected,
  )
  expect(serials.size).toBe(100_000)
  expect(serials.has(hexOf(2n ** 127n + 99_999n))).toBe(true)
  expect(serials.has(hexOf(2n ** 127n + 100_000n))).toBe(false)
})

it.each([0n, 1n, 127n, 128n, 255n, 2n ** 159n, -1n, -128n, -129n])(
  'tells the number %s from its opposite',
  (serialNumber) => {
    expect(setOf([serialNumber]).has(hexOf(serialNumber))).toBe(true)
    expect(setOf([serialNumber]).has(hexOf(-serialNumber || 7n))).toBe(false)
  },
)

it.each([0n, 1n, 127n, 128n, 2n ** 159n - 1n])('knows the number %s as Node prints it', (serialNumber) => {
  const certificate = new X509Certificate(makeCa().issue({ serialNumber }).der)
  expect(setOf([serialNumber]).has(certificate.serialNumber)).toBe(true)
  expect(setOf([serialNumber + 1n]).has(certificate.serialNumber)).toBe(false)
})

it('takes a number with more leading zeros than it needs for the same one', () => {
  const serials = new SerialSet()
  serials.addInteger(Buffer.from('000000a1', 'hex'), 0, 4)
  expect([serials.has('A1'), serials.has('00a1'), serials.has('a1'), serials.has('A100')]).toEqual([
    true,
    true,
    true,
    false,
  ])
})

it.each(['', 'xyz', '--1', '1 ', '0x1'])('has nothing for %j, which is no number', (text) => {
  expect(setOf([1n, 2n]).has(text)).toBe(false)
})

it.each([
  ['an empty number', 0],
  ['a number of 256 bytes', 256],
])('refuses %s', (_, length) => {
  expect(() => new SerialSet().addInteger(new Uint8Array(length).fill(1), 0, length)).toThrow(
    'has 1 to 255 bytes',
  )
})

import { describe, expect, it } from 'vitest'
import { fromBase32, toBase32 } from './base32.ts'
import { codeOf, findStep, findStepOfTwo, stepOf } from './totp.ts'

const seed = Buffer.from('12345678901234567890') // of the test vectors

it.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('makes the code of RFC 6238, appendix B, at %i s: %s', (seconds, code) => {
  expect(codeOf(seed, stepOf(new Date(seconds * 1000)))).toBe(code)
})

it.each([
  ['fooba', 'MZXW6YTB'],
  ['foobarfoob', 'MZXW6YTBOJTG633C'],
])('writes and reads %s in base 32 as RFC 4648 has it: %s', (text, written) => {
  expect(toBase32(Buffer.from(text))).toBe(written)
  expect(Buffer.from(fromBase32(written)).toString()).toBe(text)
})

describe('a code', () => {
  const search = { seed, around: 1000, reach: 1, after: 0 }

  it('is found one step before and after, no further', () => {
    for (const step of [999, 1000, 1001]) expect(findStep(codeOf(seed, step), search)).toBe(step)
    for (const step of [998, 1002]) expect(findStep(codeOf(seed, step), search)).toBeUndefined()
  })

  it('is none once it, or a later one, was used', () => {
    for (const step of [999, 1000])
      expect(findStep(codeOf(seed, step), { ...search, after: 1000 })).toBeUndefined()
    expect(findStep(codeOf(seed, 1001), { ...search, after: 1000 })).toBe(1001)
  })

  it('of two is found when the other follows it', () => {
    const two = (first: number, second: number) => [codeOf(seed, first), codeOf(seed, second)] as const
    expect(findStepOfTwo(two(1001, 1002), search)).toBe(1002)
    for (const [first, second] of [
      [1001, 1001],
      [1002, 1001],
      [1001, 1003],
    ] as const)
      expect(findStepOfTwo(two(first, second), search)).toBeUndefined()
  })
})

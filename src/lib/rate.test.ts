import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Rate } from './rate.ts'

describe('Rate', () => {
  it('refuses what is above ten seconds of its allowance', () => {
    const rate = new Rate(3, 0)
    const taken = Array.from({ length: 40 }, () => rate.take(0)).filter(Boolean)
    expect(taken).toHaveLength(30)
  })

  it.each([
    [100, false],
    [333, false],
    [334, true],
    [1000, true],
  ])('gives more %i ms after it was used up: %s', (ms, expected) => {
    const rate = new Rate(3, 0)
    rate.spend(0, 30)
    expect(rate.take(ms)).toBe(expected)
  })

  it('takes nothing when it refuses', () => {
    const rate = new Rate(1, 0)
    expect(rate.take(0, 11)).toBe(false)
    expect(rate.take(0, 10)).toBe(true)
  })

  it('is not fooled by a clock that is set back', () => {
    const rate = new Rate(1, 1_000_000)
    rate.spend(1_000_000, 10)
    expect(rate.take(0)).toBe(false)
    expect(rate.take(999)).toBe(false)
    expect(rate.take(1000)).toBe(true)
  })

  it.each([
    [10, 0],
    [11, 1000],
    [15, 5000],
  ])('says how long a debt lasts: %i spent, %i ms', (amount, ms) => {
    expect(new Rate(1, 0).spend(0, amount)).toBe(ms)
  })

  it('is full again after ten idle seconds, and not before', () => {
    const rate = new Rate(5, 0)
    expect(rate.isFull(0)).toBe(true)
    rate.spend(0, 50)
    expect(rate.isFull(9999)).toBe(false)
    expect(rate.isFull(10_000)).toBe(true)
  })

  it('never gives more than burst plus rate, whenever it is asked', () => {
    const asks = fc.array(fc.record({ waitMs: fc.nat(3000), amount: fc.integer({ min: 1, max: 20 }) }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), asks, (perSecond, requests) => {
        const rate = new Rate(perSecond, 0)
        let now = 0
        let taken = 0
        for (const { waitMs, amount } of requests) {
          now += waitMs
          if (rate.take(now, amount)) taken += amount
          expect(taken).toBeLessThanOrEqual(perSecond * 10 + (now * perSecond) / 1000 + 1e-6)
        }
      }),
    )
  })
})

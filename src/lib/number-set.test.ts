import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NumberSet } from './number-set.ts'

/** Few, so that they meet in one place of the table, at both ends of 32 bits. */
const number = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 20 }).map((high) => (high << 27) | 5),
  fc.constantFrom(-1, 0x7fffffff, -0x80000000),
)

it('has what was added and not deleted since, as a Set does', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), number), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (given) => {
      const [set, model] = [new NumberSet(), new Set<number>()]
      for (const [isAdded, one] of given) {
        if (isAdded) set.add(one)
        else set.delete(one)
        if (isAdded) model.add(one)
        else model.delete(one)
        expect(set.size).toBe(model.size)
      }
      for (const [, one] of given) expect(set.has(one)).toBe(model.has(one))
    }),
  )
})

it('grows to many, and gives its room back', () => {
  const set = new NumberSet()
  const many = Array.from({ length: 50_000 }, (_, index) => Math.imul(index + 1, 0x9e3779b1))
  for (const one of many) set.add(one)
  expect(many.every((one) => set.has(one))).toBe(true)
  for (const one of many.slice(10)) set.delete(one)
  expect(set.size).toBe(10)
  expect(many.filter((one) => set.has(one))).toEqual(many.slice(0, 10))
})

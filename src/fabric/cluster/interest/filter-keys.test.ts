import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesTopicFilter } from '../../../lib/topic-filter.ts'
import { keyOfFilter, readKeyText, TopicNumbers, widerKeyOf } from './filter-keys.ts'
import { NumberSet } from '../../../lib/number-set.ts'

const account = '000000000000'
const level = fc.constantFrom('', 'a', 'b', '$aws', 'things', 'ü')
const topic = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join('/'))
  .filter((text) => text !== '')
const filter = fc
  .tuple(
    fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '/#', '#'),
  )
  .map(([levels, end]) => (end === '#' ? '#' : levels.join('/') + end))
  .filter((text) => text !== '')

const setOf = (...keys: (number | string)[]): NumberSet => {
  const set = new NumberSet()
  for (const key of keys) if (typeof key === 'number') set.add(key)
  return set
}

it('a number tells the same as the filter that it stands for', () => {
  const rules = { doesHashMatchParent: true }
  fc.assert(
    fc.property(filter, topic, (one, asked) => {
      const key = keyOfFilter('clients', account, one)
      expect(typeof key).toBe(one.includes('+') ? 'string' : 'number')
      if (typeof key === 'string') return
      const isIn = new TopicNumbers().of(account, asked).isIn('clients', setOf(key))
      expect(isIn).toBe(matchesTopicFilter(one, asked, rules))
    }),
    { numRuns: 1000 },
  )
})

it('a number that stands for what begins alike leaves out nothing that the filter matches', () => {
  fc.assert(
    fc.property(filter, topic, (one, asked) => {
      if (!one.includes('+') || !matchesTopicFilter(one, asked, { doesHashMatchParent: true })) return
      const numbers = setOf(widerKeyOf('clients', account, one))
      expect(new TopicNumbers().of(account, asked).isIn('clients', numbers)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

describe('a number is of', () => {
  const numbers = setOf(keyOfFilter('kept', account, 'a/b'), keyOfFilter('kept', account, '#'))
  it.each([
    ['its own hearer', account, 'kept', true],
    ['no other hearer', account, 'clients', false],
    ['no other account', '000000000001', 'kept', false],
  ] as const)('%s', (_, accountId, hearer, isIn) =>
    expect(new TopicNumbers().of(accountId, 'a/b').isIn(hearer, numbers)).toBe(isIn),
  )
})

it('a filter that is told in full is read back', () => {
  const key = keyOfFilter('kept', account, 'a/+/b/#')
  expect(readKeyText(String(key))).toEqual({ hearer: 'kept', accountId: account, filter: 'a/+/b/#' })
})

it('a million filters of a fleet hardly ever share a number', () => {
  const numbers = new NumberSet()
  for (let device = 0; device < 1_000_000; device++)
    numbers.add(keyOfFilter('clients', account, `devices/${device}/commands`) as number)
  expect(numbers.size).toBeGreaterThan(999_700) // of 2 ** 32, some 116 are to be expected to meet
})

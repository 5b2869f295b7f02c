import { array, assert, integer, property } from 'fast-check'
import { expect, it } from 'vitest'
import { countToJoin, fullBlock } from './block-sizes.ts'

it.each([
  ['a first one stays alone', [], 1, 0],
  ['few small ones wait', [1, 1, 1, 1, 1, 1], 1, 0],
  ['eight of a size become one', [1, 1, 1, 1, 1, 1, 1], 1, 7],
  ['larger ones before them are left', [20, 1, 1, 1, 1, 1, 1, 1], 1, 7],
  ['a larger one does not take smaller ones along', [1, 1, 1, 1, 1, 1, 1], 10, 0],
  ['what makes a full block together becomes one', [25, 9, 3], 30, 3],
  ['a full one takes along what waits', [1], 64, 1],
])('%s', (_, sizes, added, expected) => {
  expect(countToJoin(sizes, added)).toBe(expected)
})

/** Appends as `blocks.ts` does; counts how often entries are written. */
function append(additions: readonly number[]) {
  const full: number[] = []
  let sizes: number[] = []
  let written = 0
  for (const added of additions) {
    const joined = countToJoin(sizes, added)
    const size = sizes.slice(sizes.length - joined).reduce((sum, one) => sum + one, added)
    written += size
    sizes = [...sizes.slice(0, sizes.length - joined), size]
    if (size >= fullBlock) {
      full.push(...sizes)
      sizes = []
    }
  }
  return { full, sizes, written }
}

it('makes few blocks, however the entries come, and writes none of them often', () => {
  const additions = array(integer({ min: 1, max: fullBlock }), { maxLength: 40 })
  const small = array(integer({ min: 1, max: 3 }), { maxLength: 3000 })
  for (const given of [additions, small]) {
    assert(
      property(given, (counts) => {
        const { full, sizes, written } = append(counts)
        const entries = counts.reduce((sum, one) => sum + one, 0)
        expect([...full, ...sizes].reduce((sum, one) => sum + one, 0)).toBe(entries)
        expect(full.every((size) => size >= fullBlock && size < 2 * fullBlock)).toBe(true)
        expect(sizes.length).toBeLessThan(32)
        expect(written).toBeLessThanOrEqual(3 * entries)
      }),
    )
  }
})

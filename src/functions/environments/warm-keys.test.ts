import { expect, it } from 'vitest'
import { WarmKeys } from './warm-keys.ts'

const hour = 3_600_000

it('keeps what was called in the last day', () => {
  const keys = new WarmKeys(2)
  keys.note('a', 0)
  expect([keys.has('a', 24 * hour), keys.has('a', 24 * hour + 1), keys.has('b', 0)]).toEqual([
    true,
    false,
    false,
  ])
})

it('keeps no more than it may: what was called longest ago goes', () => {
  const keys = new WarmKeys(2)
  for (const [at, key] of ['a', 'b', 'a', 'c'].entries()) keys.note(key, at)
  expect(['a', 'b', 'c'].filter((key) => keys.has(key, 4))).toEqual(['a', 'c'])
})

it('forgets what is no more', () => {
  const keys = new WarmKeys(2)
  keys.note('a', 0)
  keys.note('b', 0)
  keys.forget((key) => key === 'a')
  expect([keys.has('a', 0), keys.has('b', 0)]).toEqual([false, true])
})

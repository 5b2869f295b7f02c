import { expect, it } from 'vitest'
import { chooseByHash } from './rendezvous.ts'

const things = Array.from({ length: 300 }, (_, at) => `thing-${at}`)

it('finds the same one in whatever order they are named', () => {
  for (const thing of things)
    expect(chooseByHash(['a', 'b', 'c'], thing)).toBe(chooseByHash(['c', 'a', 'b'], thing))
})

it('gives each a share, and moves nothing but that of who goes', () => {
  const before = things.map((thing) => chooseByHash(['a', 'b', 'c'], thing))
  const after = things.map((thing) => chooseByHash(['a', 'b'], thing))
  for (const name of ['a', 'b', 'c']) expect(before.filter((one) => one === name).length).toBeGreaterThan(50)
  expect(after.filter((one, at) => one !== before[at] && before[at] !== 'c')).toEqual([])
})

it('finds nobody where there is nobody', () => expect(chooseByHash([], 'thing')).toBeUndefined())

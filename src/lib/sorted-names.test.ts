import { describe, expect, it } from 'vitest'
import { SortedNames } from './sorted-names.ts'

const sorted = (names: Iterable<string>) => [...names].toSorted((one, other) => (one < other ? -1 : 1))

describe('sorted names', () => {
  it('are what a sorted set of them would be, whatever is added and deleted', () => {
    let seed = 7
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    const names = new SortedNames(4)
    const model = new Set<string>()
    for (let step = 0; step < 5000; step += 1) {
      const name = `${['a/', 'b/', ''][random(3)]}${random(60)}`
      if (random(2) === 0) {
        names.add(name)
        model.add(name)
      } else {
        names.delete(name)
        model.delete(name)
      }
      const [prefix, after, limit] = [
        ['', 'a/', 'b/1'][random(3)]!,
        [undefined, 'a/3', 'b/2'][random(3)],
        random(8),
      ]
      const expected = sorted(model).filter((one) => one.startsWith(prefix) && one > (after ?? ''))
      expect(names.list({ prefix, after, limit })).toEqual(expected.slice(0, limit))
    }
  })

  it('are found page by page, each once', () => {
    const names = new SortedNames()
    const all = Array.from({ length: 5000 }, (_, number) => `client-${number}`)
    for (const name of all) names.add(name)
    const found: string[] = []
    for (let page = names.list({ prefix: '', limit: 999 }); page.length > 0;) {
      found.push(...page)
      page = names.list({ prefix: '', after: page.at(-1), limit: 999 })
    }
    expect(found).toEqual(sorted(all))
  })
})

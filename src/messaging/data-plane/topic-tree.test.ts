import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTopicFilter, isTopicName, matchesTopicFilter } from '../../lib/topic-filter.ts'
import { TopicTree } from './topic-tree.ts'

const path = (...levels: string[]) =>
  fc.array(fc.constantFrom(...levels), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const topics = path('', 'a', 'b', '$a').filter(isTopicName)
const filters = path('', 'a', 'b', '$a', '+', '#').filter(isTopicFilter)

function treeOf(names: readonly string[]): TopicTree {
  const tree = new TopicTree()
  names.forEach((name, index) => tree.set(name, index))
  return tree
}

describe('a tree of topics', () => {
  it.each(['', 'x/'.repeat(14), 'x/'.repeat(20)])(
    'finds what a filter matches, and nothing else: %s...',
    (above) => {
      fc.assert(
        fc.property(fc.uniqueArray(topics), filters, fc.boolean(), (ends, end, doesHashMatchParent) => {
          const names = ends.map((name) => above + name)
          const filter = above + end
          const expected = names.filter((name) => matchesTopicFilter(filter, name, { doesHashMatchParent }))
          expect(treeOf(names).match(filter, { doesHashMatchParent }).toSorted()).toEqual(expected.toSorted())
        }),
        { numRuns: 2000 },
      )
    },
  )

  it('forgets what is deleted and keeps the rest', () => {
    fc.assert(
      fc.property(fc.uniqueArray(topics), fc.array(topics), (names, gone) => {
        const tree = treeOf(names)
        for (const name of gone) tree.delete(name)
        const left = names.filter((name) => !gone.includes(name))
        expect(tree.size).toBe(left.length)
        for (const name of names)
          expect(tree.get(name)).toBe(gone.includes(name) ? undefined : names.indexOf(name))
        const found = [...tree.match('#', {}), ...tree.match('$a/#', { doesHashMatchParent: true })]
        expect(found.toSorted()).toEqual(left.toSorted())
      }),
    )
  })
})

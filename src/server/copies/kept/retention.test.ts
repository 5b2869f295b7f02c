import { expect, it } from 'vitest'
import { decideSurplus, type DatedGeneration } from './retention.ts'

const generation = (name: string, starts: [number, number][], segments: number[]): DatedGeneration => ({
  name,
  path: name,
  segments,
  snapshots: starts.map(([number]) => number),
  starts: new Map(starts),
})
const nothing = { generations: [], segments: [], snapshots: [] }
const old = generation(
  'old',
  [
    [1, 10],
    [3, 30],
  ],
  [1, 2, 3, 4],
)
const newer = generation('new', [[1, 50]], [1, 2])

it.each<[string, DatedGeneration[], number, object]>([
  ['nothing while all are young', [old, newer], 5, nothing],
  ['nothing of what the time falls into', [old, newer], 29, nothing],
  [
    'what is before the last snapshot that goes back far enough',
    [old, newer],
    30,
    {
      ...nothing,
      segments: [1, 2].map((number) => ({ name: 'old', number })),
      snapshots: [{ name: 'old', number: 1 }],
    },
  ],
  ['runs that ended before', [old, newer], 50, { ...nothing, generations: ['old'] }],
  [
    'runs that never had a snapshot',
    [generation('cut off', [], [1]), newer],
    5,
    { ...nothing, generations: ['cut off'] },
  ],
  ['not the run that has none yet', [generation('new', [], [1])], 99, nothing],
])('removes %s', (_, generations, since, surplus) => {
  expect(decideSurplus(generations, { since, current: 'new' })).toEqual(surplus)
})

import { expect, it } from 'vitest'
import { chunksOf } from './chunks.ts'

it.each<[items: number[], size: number, chunks: number[][]]>([
  [[], 2, []],
  [[1], 2, [[1]]],
  [[1, 2], 2, [[1, 2]]],
  [[1, 2, 3, 4, 5], 2, [[1, 2], [3, 4], [5]]],
])('gives %j at most %d at a time', (items, size, chunks) => {
  expect([...chunksOf(items, size)]).toEqual(chunks)
})

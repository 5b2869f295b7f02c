import { expect, it } from 'vitest'
import { MultiMap } from './multi-map.ts'

const [one, two, three] = [{ id: 1 }, { id: 2 }, { id: 3 }]

it('has what was added to a key, in that order, each once', () => {
  const map = new MultiMap<object>()
  for (const value of [one, two, one, three, two]) map.add('a', value)
  map.add('b', one)
  expect(map.get('a')).toEqual([one, two, three])
  expect(map.get('b')).toEqual([one])
  expect(map.get('c')).toEqual([])
  expect(map.all()).toEqual([one, two, three, one])
})

it.each([1, 2, 3])('loses what is deleted, and nothing else: %i of three', (count) => {
  const map = new MultiMap<object>()
  const values = [one, two, three]
  for (const value of values) map.add('a', value)
  for (const value of values.slice(0, count)) map.delete('a', value)
  expect(map.get('a')).toEqual(values.slice(count))
  map.add('a', one)
  expect(map.get('a')).toContain(one)
})

it('does not mind the deletion of what is not there', () => {
  const map = new MultiMap<object>()
  map.delete('a', one)
  map.add('a', one)
  map.delete('a', two)
  map.delete('b', one)
  expect(map.all()).toEqual([one])
})

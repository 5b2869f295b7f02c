import { expect, it } from 'vitest'
import { RecentMap } from './recent-map.ts'

const fill = (map: RecentMap<number>, from: number, to: number) => {
  for (let key = from; key < to; key += 1) map.set(String(key), key)
}
const held = (map: RecentMap<number>, count: number) =>
  Array.from({ length: count }, (_, key) => map.get(String(key))).filter((value) => value !== undefined)

it('gives back what was set, and what was set last', () => {
  const map = new RecentMap<number>(4)
  map.set('a', 1)
  map.set('a', 2)
  expect(map.get('a')).toBe(2)
  expect(map.get('b')).toBeUndefined()
})

it('never holds more than its limit, nor less than half of what came last', () => {
  const map = new RecentMap<number>(100)
  fill(map, 0, 1000)
  const last = held(map, 1000)
  expect(last.length).toBeLessThanOrEqual(100)
  expect(last).toEqual(expect.arrayContaining(Array.from({ length: 50 }, (_, index) => 950 + index)))
})

it('keeps what is asked for again and again', () => {
  const map = new RecentMap<number>(10)
  map.set('often', -1)
  for (let key = 0; key < 1000; key += 1) {
    map.set(String(key), key)
    expect(map.get('often')).toBe(-1)
  }
})

it.each([0, 3, 7])('forgets what is deleted, also when %i others came since', (others) => {
  const map = new RecentMap<number>(10)
  map.set('gone', 1)
  fill(map, 0, others)
  map.delete('gone')
  expect(map.get('gone')).toBeUndefined()
})

it('does not bring back an older value', () => {
  const map = new RecentMap<number>(4)
  map.set('a', 1)
  fill(map, 0, 2) // `a` is among the older ones now
  map.set('a', 2)
  fill(map, 2, 3)
  expect(map.get('a')).toBe(2)
})

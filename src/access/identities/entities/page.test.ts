import { expect, it } from 'vitest'
import { pageOf, rowsOfPage } from './page.ts'

const names = ['anna', 'berta', 'carla', 'dora']
const key = (name: string) => name

it('gives all rows and no marker when they fit', () => {
  expect(pageOf(names, key, {})).toEqual({ rows: names, page: { IsTruncated: false } })
  expect(pageOf(names, key, { MaxItems: 4 }).page).toEqual({ IsTruncated: false })
})

it('walks through all rows by its markers, each once', () => {
  const first = pageOf(names, key, { MaxItems: 3 })
  expect(first.rows).toEqual(['anna', 'berta', 'carla'])
  expect(first.page.IsTruncated).toBe(true)
  expect(pageOf(names, key, { MaxItems: 3, Marker: first.page.Marker }).rows).toEqual(['dora'])
})

it('goes on behind a row that was deleted meanwhile', () => {
  const { page } = pageOf(names, key, { MaxItems: 2 })
  expect(pageOf(['anna', 'carla'], key, { Marker: page.Marker }).rows).toEqual(['carla'])
})

it('asks a query for one row more than the page holds', () => {
  expect(rowsOfPage({ MaxItems: 7 })).toBe(8)
  expect(rowsOfPage({})).toBe(101)
})

it.each(['', '%%%', 'YW5uYQ', 'YW5uYQ==x', 'anna'])(
  'refuses the marker %j that it never gave out',
  (Marker) => {
    expect(() => pageOf(names, key, { Marker })).toThrow('Marker is not one')
  },
)

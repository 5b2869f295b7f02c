import { expect, it } from 'vitest'
import { fingerprint } from './fingerprint.ts'

it.each([
  ['', 0x811c9dc5],
  ['lamp-1', 0x0870fa29],
  ['ü', 0x481ba661],
  ['日本', 0xa041c2aa],
])('is on disk, so it stays as it is: %j', (text, expected) => {
  expect(fingerprint(text)).toBe(expected)
})

it('tells many names apart', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `lamp-${index}`)
  expect(new Set(names.map(fingerprint)).size).toBeGreaterThan(9_990)
})

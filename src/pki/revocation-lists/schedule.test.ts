import { expect, it } from 'vitest'
import { nextLookMs } from './schedule.ts'

const now = new Date('2026-06-01T00:00:00Z')
const url = { kind: 'url' as const, url: new URL('http://pki.example/ca.crl') }
const file = { kind: 'file' as const, name: 'ca.crl' }
const minute = 60_000
const until = (ms: number) => ({ nextUpdate: new Date(now.getTime() + ms) })

it.each([
  ['a URL each hour', url, until(7 * 86_400_000), 0, 60 * minute],
  ['a URL each hour when its list has no end', url, { nextUpdate: undefined }, 0, 60 * minute],
  ['a URL long before its list ends', url, until(20 * minute), 0, 10 * minute],
  ['a URL no more than every ten seconds, however short its lists are', url, until(1000), 0, 10_000],
  ['a file each minute', file, until(7 * 86_400_000), 0, minute],
  ['a URL a minute after it failed', url, until(7 * 86_400_000), 1, minute],
  ['a URL later after each failure', url, undefined, 4, 8 * minute],
  ['a URL that fails for days each hour', url, undefined, 500, 60 * minute],
  ['a file that is not there each minute', file, undefined, 500, minute],
])('looks at %s', (_, source, list, failures, expected) => {
  expect(nextLookMs({ source, list, failures, now, random: 0 })).toBe(expected)
  expect(nextLookMs({ source, list, failures, now, random: 1 })).toBe(expected * 0.9)
})

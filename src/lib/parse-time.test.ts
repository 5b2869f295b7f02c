import { expect, it } from 'vitest'
import { parseTime } from './parse-time.ts'

it.each([
  ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:00.5+02:00', '2026-01-31T10:00:00.500Z'],
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['1769860800000', '2026-01-31T12:00:00.000Z'],
])('reads the time %s', (text, time) => expect(parseTime(text)?.toISOString()).toBe(time))

it.each([
  '',
  'yesterday',
  '2026',
  '20260131',
  '1769860800',
  '2026-01-31T12:00:00',
  '2026-13-01',
  '31.01.2026',
  '-1',
  '1.5',
  '9'.repeat(16),
])('takes "%s" for no time, as it may mean several', (text) => expect(parseTime(text)).toBeUndefined())

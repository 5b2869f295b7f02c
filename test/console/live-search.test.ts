/** The page Live asks the journal, and sees of what comes, the same. */
import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../console/src/api/events.ts'
import { ownPath } from '../../console/src/api/own-path.ts'
import { byDevice } from '../../console/src/pages/live/by-device.ts'
import { isOpen, passes, toQuery, type LiveSearch } from '../../console/src/pages/live/live-search.ts'

const now = Date.parse('2026-01-31T12:00:00Z')
const ca = 'c'.repeat(64)
const entry = (changes: Partial<JournalEntry> = {}): JournalEntry => ({
  entryId: 1,
  at: '2026-01-31T11:50:00.000Z',
  code: 'ca-unknown',
  ...changes,
})

describe('what the journal is asked', () => {
  it.each<[LiveSearch, string]>([
    [{}, 'journal'],
    [{ q: 'lamp', by: 'device' }, 'journal'],
    [{ code: 'connected,ca-unknown', level: '' }, 'journal?code=ca-unknown&code=connected'],
    [{ range: '15m', after: '2020-01-01' }, 'journal?after=2026-01-31T11%3A45%3A00.000Z'],
    [{ range: 'own', after: '2026-01-01', before: '' }, 'journal?after=2026-01-01'],
    [{ after: '2026-01-01' }, 'journal'],
    [{ range: 'nonsense' }, 'journal'],
  ])('%j', (search, path) => expect(ownPath('journal', toQuery(search, now))).toBe(path))

  it('does not end, but where an end was given', () => {
    expect([{}, { range: '1h' }, { range: 'own' }, { before: '2026' }].map(isOpen)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(isOpen({ range: 'own', before: '2026-01-31' })).toBe(false)
  })
})

describe('an entry that comes', () => {
  const levelOf = (code: string) => (code === 'ca-unknown' ? 'warn' : undefined)
  it.each<[boolean, LiveSearch, Partial<JournalEntry>]>([
    [true, {}, {}],
    [false, { code: 'connected' }, {}],
    [false, { level: 'info' }, {}],
    [true, { level: 'info' }, { code: 'of-tomorrow' }],
    [true, { ca }, { details: { ca } }],
    [false, { ca }, { caCertificateId: 'd' }],
    [false, { address: '192.0.2.1' }, { sourceIp: '192.0.2.2' }],
    [true, { range: '15m' }, {}],
    [false, { range: '15m' }, { at: '2026-01-31T11:44:59.999Z' }],
    [false, { range: 'own', after: '2026-01-31T11:51Z' }, {}],
    [false, { range: 'own', before: '2026-01-31T11:50Z' }, {}],
    [true, { range: 'own', before: '2026-01-31T11:51Z' }, {}],
    [true, { q: 'LAMP' }, { clientId: 'lamp-1' }],
    [false, { q: 'pump' }, { clientId: 'lamp-1' }],
  ])('%s: %j %j', (expected, search, changes) =>
    expect(passes(entry(changes), search, { levelOf, now })).toBe(expected),
  )
})

it('entries are put together by device, and those of strangers by address', () => {
  const [a, b, c, d] = [
    { clientId: 'a' },
    { sourceIp: '192.0.2.1' },
    { clientId: 'a' },
    { sourceIp: '192.0.2.1' },
  ].map((changes, index) => entry({ ...changes, entryId: 9 - index }))
  expect(byDevice([a!, b!, c!, d!]).map(({ entry: newest, older }) => [newest, ...older])).toEqual([
    [a, c],
    [b, d],
  ])
})

import { expect, it } from 'vitest'
import type { JournalCode } from './codes.ts'
import { JournalStats } from './stats.ts'

const accountId = '000000000000'
const minute = 60_000
const hour = 60 * minute
const start = Date.parse('2026-01-02T12:30:00Z')

function open() {
  const clock = { now: start }
  const stats = new JournalStats(() => new Date(clock.now))
  const hear = (code: JournalCode, more: object = {}) =>
    stats.hear({ accountId, code, at: new Date(clock.now), ...more })
  return { clock, stats, hear }
}

it('counts by reason over a quarter of an hour and over a day', () => {
  const { clock, stats, hear } = open()
  hear('connected')
  hear('ca-unknown')
  clock.now += 20 * minute
  hear('connected')
  expect(stats.report(accountId)).toMatchObject({
    recent: { connected: 1 },
    day: { connected: 2, 'ca-unknown': 1 },
  })
  clock.now += 25 * hour
  expect(stats.report(accountId)).toMatchObject({ recent: {}, day: {} })
})

it('keeps no more than a day, however long it runs', () => {
  const { clock, stats, hear } = open()
  for (let day = 0; day < 3; day++) {
    for (let at = 0; at < 24; at++) {
      hear('connected', { caCertificateId: 'a' })
      clock.now += hour
    }
  }
  const { day, cas } = stats.report(accountId)
  expect(day['connected']).toBeLessThanOrEqual(24)
  expect(cas).toEqual([{ caCertificateId: 'a', hours: [...Array<number>(23).fill(1), 0] }])
})

it('tells the CAs apart by the hour, also those that refusals name', () => {
  const { clock, stats, hear } = open()
  hear('provisioned', { caCertificateId: 'a' })
  clock.now += 2 * hour
  hear('ca-inactive', { details: { ca: 'b' } })
  hear('ca-inactive', { details: { ca: 'b' } })
  const { cas } = stats.report(accountId)
  expect(cas.map(({ caCertificateId, hours }) => [caCertificateId, hours.slice(-3)])).toEqual([
    ['a', [1, 0, 0]],
    ['b', [0, 0, 2]],
  ])
})

it('says nothing about another account', () => {
  const { stats, hear } = open()
  hear('connected')
  expect(stats.report('111111111111')).toEqual({ recent: {}, day: {}, cas: [] })
})

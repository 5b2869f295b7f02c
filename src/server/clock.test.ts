import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { watchClock } from './clock.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'muster-test-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const day = 86_400_000
const start = Date.parse('2026-03-01T12:00:00Z')

it.each([
  [
    'a day and more before the newest file',
    start - day - 1,
    /^it says 2026-02-28T11:59:59.999Z, but it has been 2026-03-01T12:00:00.000Z already$/,
  ],
  ['years before it, as without a battery', 0, /^it says 1970-/],
])('a clock is wrong that says %s', (_, at, fault) => {
  writeFileSync(join(dataDir, 'muster.db'), '')
  utimesSync(join(dataDir, 'muster.db'), start / 1000, start / 1000)
  const clock = watchClock(dataDir, () => at)
  writeFileSync(join(dataDir, 'muster.db'), 'more') // by the clock of whoever writes
  expect(clock.fault()).toMatch(fault)
  expect(clock.fault()).toMatch(fault) // and stays so
})

it('a clock is wrong that goes back while the server runs, and right again once it is set', () => {
  let at = start
  const clock = watchClock(dataDir, () => at)
  expect(clock.fault()).toBeUndefined()
  at = start - 2 * day
  expect(clock.fault()).toMatch(/^it says 2026-02-27/)
  at = start + 1000
  expect(clock.fault()).toBeUndefined()
})

it('a clock that was set by some hours is right', () => {
  let at = start
  const clock = watchClock(dataDir, () => at)
  expect(clock.fault()).toBeUndefined()
  at = start - day + 1
  expect(clock.fault()).toBeUndefined()
})

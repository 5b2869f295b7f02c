import { describe, expect, it } from 'vitest'
import { backupName, isCutOff, surplus, untilNextMs } from './retention.ts'

const hour = 3_600_000
const now = new Date('2026-03-01T12:00:00Z')
const before = (ms: number) => backupName(new Date(now.getTime() - ms))

describe('backups that a server makes of itself', () => {
  it('have names in the order of time', () => {
    expect(backupName(new Date('2026-01-31T23:59:59.123Z'))).toBe('muster-20260131T235959Z.backup')
  })

  it.each([
    ['at once when there is none', [], 0],
    ['at once when there are only files of others', ['muster-latest.backup', 'notes.txt'], 0],
    ['an interval after the newest one', [before(5 * hour), before(hour)], 11 * hour],
    ['at once when the newest is older than that', [before(13 * hour)], 0],
    ['after one interval at most when the clock was set back', [before(-100 * hour)], 12 * hour],
  ])('are due %s', (_, names, expected) => {
    expect(untilNextMs(names, 12 * hour, now)).toBe(expected)
  })

  it('are kept, the newest so many; what has another name is nobody’s to remove', () => {
    const names = [before(1), 'mine.backup', 'muster-2026.backup', before(3 * hour), before(2 * hour)]
    expect(surplus(names, 1)).toEqual([before(3 * hour), before(2 * hour)])
    expect(surplus(names, 3)).toEqual([])
  })

  it.each([
    [`${before(0)}.draft`, true],
    [before(0), false],
    ['holiday.draft', false],
  ])('that were cut off are known by their names: %s %s', (name, expected) => {
    expect(isCutOff(name)).toBe(expected)
  })
})

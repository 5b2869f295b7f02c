import { describe, expect, it } from 'vitest'
import { dueNotice, nextNotice } from './expiry-notices.ts'

const end = new Date('2027-01-01T00:00:00Z')
const before = (days: number) => new Date(end.getTime() - days * 86_400_000)

describe('that a certificate is about to expire', () => {
  it.each([
    [1000, 60],
    [60.01, 60],
    [60, 30],
    [50, 30],
    [30, 7],
    [7.01, 7],
  ])('is told next, seen %d days before, %d days before', (now, next) => {
    expect(nextNotice(end, before(now))).toBe(before(next).getTime())
  })

  it.each([7, 6, 0, -1])('is not told again once it has %d days left', (now) => {
    expect(nextNotice(end, before(now))).toBeNull()
  })

  it.each([
    [60, 60],
    [30.01, 60],
    [30, 30],
    [7.01, 30],
    [7, 7],
    [0, 7],
  ])('is told with %d days left as %d days before', (left, notice) => {
    expect(dueNotice(end, before(left))).toBe(notice)
  })

  it.each([-0.001, -100, 61])('is not told with %d days left', (left) => {
    expect(dueNotice(end, before(left))).toBeUndefined()
  })
})

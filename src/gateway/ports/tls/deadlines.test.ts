import { Socket } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Deadlines } from './deadlines.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('ends who lets the time pass, and nobody else', () => {
  using deadlines = new Deadlines(1000)
  const [slow, quick, late] = [new Socket(), new Socket(), new Socket()]
  deadlines.begin(slow)
  deadlines.begin(quick)
  vi.advanceTimersByTime(900)
  deadlines.begin(late)
  deadlines.met(quick)
  expect(slow.destroyed).toBe(false)
  vi.advanceTimersByTime(350)
  expect([slow, quick, late].map(({ destroyed }) => destroyed)).toEqual([true, false, false])
})

it('looks after those that come when all others have gone', () => {
  using deadlines = new Deadlines(1000)
  const [first, second] = [new Socket(), new Socket()]
  deadlines.begin(first)
  first.destroy()
  vi.advanceTimersByTime(5000)
  expect(vi.getTimerCount()).toBe(0)
  deadlines.begin(second)
  vi.advanceTimersByTime(1250)
  expect(second.destroyed).toBe(true)
})

it('keeps no timer once it is disposed of', () => {
  const deadlines = new Deadlines(1000)
  deadlines.begin(new Socket())
  deadlines[Symbol.dispose]()
  expect(vi.getTimerCount()).toBe(0)
})

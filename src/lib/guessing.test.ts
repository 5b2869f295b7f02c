import { beforeEach, expect, it } from 'vitest'
import { Guessing } from './guessing.ts'

let now: number
let guessing: Guessing
beforeEach(() => {
  now = 0
  guessing = new Guessing(() => new Date(now))
})

const who = { key: 'AKIA1', address: '192.0.2.1' }
const fail = (times: number, subjects = who) => {
  for (let time = 0; time < times; time += 1) guessing.failed(subjects)
}

it.each([
  [0, 0],
  [4, 0],
  [5, 1],
  [6, 2],
  [8, 8],
  [40, 900],
])('after %i failures with a key one waits %i seconds', (failures, seconds) => {
  fail(failures)
  expect(guessing.secondsToWait(who)).toBe(seconds)
})

it('waits for a key from whatever address it is tried', () => {
  for (let n = 0; n < 5; n += 1) fail(1, { ...who, address: `192.0.2.${n}` })
  expect(guessing.secondsToWait({ ...who, address: '198.51.100.7' })).toBe(1)
})

it('waits for an address whatever key it tries, after more of them', () => {
  for (let n = 0; n < 19; n += 1) fail(1, { ...who, key: `AKIA${n}` })
  expect(guessing.secondsToWait({ ...who, key: 'AKIAX' })).toBe(0)
  fail(1, { ...who, key: 'AKIAY' })
  expect(guessing.secondsToWait({ ...who, key: 'AKIAX' })).toBe(1)
})

it('lets one try again when the time is over, and forgets with a success', () => {
  fail(5)
  now += 1000
  expect(guessing.secondsToWait(who)).toBe(0)
  guessing.succeeded(who)
  fail(4)
  expect(guessing.secondsToWait(who)).toBe(0)
})

it('is bounded', () => {
  fail(5)
  for (let n = 0; n < 10_000; n += 1) guessing.failed({ address: `host-${n}` })
  expect(guessing.secondsToWait(who)).toBe(0) // the oldest is forgotten
})

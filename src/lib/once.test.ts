import { expect, it } from 'vitest'
import { once } from './once.ts'

it('asks one time, however many ask at once and later', async () => {
  let count = 0
  const ask = once(async () => ++count)
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
  expect(await ask()).toBe(1)
})

it('asks again after a failure', async () => {
  let count = 0
  const ask = once(async () => {
    if (++count === 1) throw new Error('not yet')
    return count
  })
  await expect(ask()).rejects.toThrow('not yet')
  expect(await ask()).toBe(2)
})

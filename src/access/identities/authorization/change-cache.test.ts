import { expect, it } from 'vitest'
import { ChangeCache } from './change-cache.ts'

const counting = (value: string | undefined) => {
  const calls = { count: 0 }
  const load = async () => {
    calls.count += 1
    return value
  }
  return { calls, load }
}

it('loads once for all who ask at the same time and later', async () => {
  const cache = new ChangeCache<string>(10)
  const { calls, load } = counting('value')
  expect(await Promise.all([cache.get('key', load), cache.get('key', load)])).toEqual(['value', 'value'])
  await cache.get('key', load)
  expect(calls.count).toBe(1)
})

it('loads again after a change', async () => {
  const cache = new ChangeCache<string>(10)
  const { calls, load } = counting('value')
  await cache.get('key', load)
  cache.clear()
  await cache.get('key', load)
  expect(calls.count).toBe(2)
})

it('does not remember a load that a change overtook', async () => {
  const cache = new ChangeCache<string>(10)
  const { promise, resolve } = Promise.withResolvers<string>()
  const overtaken = cache.get('key', () => promise)
  cache.clear()
  resolve('old')
  expect(await overtaken).toBe('old')
  expect(await cache.get('key', async () => 'new')).toBe('new')
})

it('asks again for what was absent', async () => {
  const cache = new ChangeCache<string>(10)
  const { calls, load } = counting(undefined)
  await cache.get('key', load)
  await cache.get('key', load)
  expect(calls.count).toBe(2)
})

it('asks again after a failure', async () => {
  const cache = new ChangeCache<string>(10)
  await expect(cache.get('key', () => Promise.reject(new Error('disk')))).rejects.toThrow('disk')
  expect(await cache.get('key', async () => 'value')).toBe('value')
})

it('holds no more than its bound', async () => {
  const cache = new ChangeCache<string>(2)
  const { calls, load } = counting('value')
  for (const key of ['a', 'b', 'c']) await cache.get(key, load)
  await cache.get('c', load)
  await cache.get('b', load)
  expect(calls.count).toBe(3)
  await cache.get('a', load)
  expect(calls.count).toBe(4)
})

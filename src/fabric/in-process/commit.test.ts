import { expect, it } from 'vitest'
import { commitChanges, commitsOf } from './commit.ts'
import type { Change } from './fabric.ts'

function record() {
  const heard: unknown[] = []
  const store = {
    async transact<T>(
      work: (db: string) => Promise<T>,
      changes?: (value: T) => readonly Change[],
      apart?: readonly string[],
    ): Promise<T> {
      const value = await work('db')
      heard.push(['written down', changes?.(value), ...(apart ?? [])])
      return value
    },
  }
  const fabric = { announce: async (...changes: Change[]) => void heard.push(['announced', changes]) }
  return { heard, parts: { store, fabric } }
}

it('writes changes down with the work, then announces the same ones', async () => {
  const { heard, parts } = record()
  const changes: Change[] = [{ accountId: '1', kind: 'thing', id: 'lamp' }]
  const value = await commitChanges(
    parts,
    (id) => changes.map((one) => ({ ...one, id })),
    async () => 'pump',
  )
  expect(value).toBe('pump')
  const expected = [{ accountId: '1', kind: 'thing', id: 'pump' }]
  expect(heard).toEqual([
    ['written down', expected],
    ['announced', expected],
  ])
})

it('hands on the names of what the work is about', async () => {
  const { heard, parts } = record()
  const commit = commitsOf(parts, 'thing')
  await commit('1', 'lamp', async () => {}, ['1 thing lamp'])
  expect(heard[0]).toEqual(['written down', [{ accountId: '1', kind: 'thing', id: 'lamp' }], '1 thing lamp'])
})

it('announces nothing of work that failed', async () => {
  const { heard, parts } = record()
  const commit = commitsOf(parts, 'thing')
  const failed = commit('1', 'lamp', async () => {
    throw new Error('full')
  })
  await expect(failed).rejects.toThrow('full')
  expect(heard).toEqual([])
})

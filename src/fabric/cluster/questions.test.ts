import { expect, it } from 'vitest'
import { openTwoNodes } from './testing/two-nodes.ts'

it('brings a question to the node that is asked, and its answer back', async () => {
  const { a, b } = openTwoNodes()
  b.onAsked('double', async (number: number) => number * 2)
  b.onAsked('name', async ({ first }: { first: string }) => ({ full: `${first} b`, at: new Date(5) }))
  expect(await a.ask('b', 'double', 21, 100)).toBe(42)
  expect(await a.ask('b', 'name', { first: 'node' }, 100)).toEqual({ full: 'node b', at: new Date(5) })
})

it('has no answer of who is not there, who cannot, and who knows nothing of it', async () => {
  const { a, b, errors } = openTwoNodes()
  b.onAsked('broken', async () => {
    throw new Error('no')
  })
  expect(await a.ask('c', 'double', 1, 100)).toBeUndefined()
  expect(await a.ask('b', 'broken', 1, 100)).toBeUndefined()
  expect(errors).toMatchObject([{ kind: 'broken' }])
  expect(await a.ask('b', 'unknown', 1, 100)).toBeUndefined()
})

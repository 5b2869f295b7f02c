import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Store } from '../../store/index.ts'
import { adoptEvents, insertEvent, listDueEvents, nextDueTime } from './event-store.ts'

let store: Store
beforeAll(async () => void (store = await openTestStore()))
afterAll(() => store[Symbol.asyncDispose]())

const now = new Date()
const add = (eventId: string, nodeName: string, dueAt = now) =>
  store.transact((db) =>
    insertEvent(
      db,
      {
        accountId: '123456789012',
        eventId,
        functionName: 'onboard',
        payload: '{}',
        source: {},
        attempts: 0,
        dueAt,
        createdAt: now,
      },
      nodeName,
    ),
  )

const dueAt = async (nodeName: string) => {
  const question = { nodeName, now, limit: 10, exceptFunctions: [] }
  return (await listDueEvents(store.read, question)).map(({ eventId }) => eventId)
}

it('gives a node the events that it took, and what another one left once it has adopted it', async () => {
  const later = new Date(now.getTime() + 1000)
  await add('one', 'a')
  await add('two', 'b')
  await add('three', 'b', later)
  expect(await dueAt('a')).toEqual(['one'])
  expect(await nextDueTime(store.read, { nodeName: 'a', now })).toBeUndefined()
  await store.transact((db) => adoptEvents(db, { from: 'b', to: 'a' }))
  expect(await dueAt('a')).toEqual(['one', 'two'])
  expect(await nextDueTime(store.read, { nodeName: 'a', now })).toEqual(later)
  expect(await dueAt('b')).toEqual([])
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { Store } from '../../../store/index.ts'
import { countWaiting, forgetUnwanted, insertWaiting, listAll } from './group-store.ts'

const accountId = '123456789012'
const message = { accountId, topic: 'a', payload: Buffer.from('x'), qos: 1, retain: false } as const

let store: Store
beforeAll(async () => void (store = await openTestStore()))
afterAll(() => store[Symbol.asyncDispose]())

it('forgets what waits for a group that nobody is in any more, and its count', async () => {
  const group = { accountId, name: 'crew/jobs' }
  await store.transact(async (db) => {
    await insertWaiting(db, { ...group, seq: 1, message })
    await countWaiting(db, group, { messages: 1, bytes: 1 })
  })
  expect(await listAll(store.read)).toHaveLength(1)
  await store.transact(forgetUnwanted)
  expect(await listAll(store.read)).toEqual([])
  expect(await store.read.selectFrom('group_queues').selectAll().execute()).toEqual([])
})

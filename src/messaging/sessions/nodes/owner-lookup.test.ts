import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { Store } from '../../../store/index.ts'
import { OwnerLookup } from './owner-lookup.ts'
import { insertOwned } from './owner-store.ts'

const accounts = ['123456789012', '210987654321'] as const
const clientCount = 40

let store: Store
beforeAll(async () => {
  store = await openTestStore()
  await store.transact(async (db) => {
    for (const [which, accountId] of accounts.entries())
      for (let at = 0; at < clientCount; at++) {
        const record = { version: 4, expirySeconds: 60, isConnected: true, epoch: 1 } as const
        const session = { ...record, accountId, sessionId: 100 * which + at + 1, clientId: `client-${at}` }
        await insertOwned(db, session, `node-${at % 3}`)
      }
  })
})
afterAll(() => store[Symbol.asyncDispose]())

it.each([1, 2, 4, 5, 16, 17, 40])(
  'finds %i at once, of two accounts, and nothing of others',
  async (count) => {
    const lookup = new OwnerLookup(store.read)
    const asked = Array.from({ length: count }, (_, at) => ({ accountId: accounts[at % 2] ?? '', at }))
    const nobody = lookup.find(accounts[0], 'somebody else')
    const found = await Promise.all(asked.map(({ accountId, at }) => lookup.find(accountId, `client-${at}`)))
    expect(found).toEqual(
      asked.map(({ at }) => ({ sessionId: 100 * (at % 2) + at + 1, ownerNode: `node-${at % 3}`, epoch: 1 })),
    )
    expect(await nobody).toBeUndefined()
  },
)

it('tells each who asked the same, also when the database is away', async () => {
  const lookup = new OwnerLookup(store.read)
  const [first, second] = await Promise.all([
    lookup.find(accounts[1], 'client-2'),
    lookup.find(accounts[1], 'client-2'),
  ])
  expect([first?.sessionId, second?.sessionId]).toEqual([103, 103])
  const closed = await openTestStore()
  await closed[Symbol.asyncDispose]()
  const failing = new OwnerLookup(closed.read)
  const outcomes = await Promise.allSettled([failing.find('1', 'a'), failing.find('1', 'b')])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

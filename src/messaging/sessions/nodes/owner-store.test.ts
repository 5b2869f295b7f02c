import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { Db, Store } from '../../../store/index.ts'
import { findPosition, newestLogged, appendToLog } from './log-store.ts'
import {
  adoptSessions,
  beginNode,
  findOwner,
  insertOwned,
  listOrphans,
  listOwned,
  orphanSessions,
  releaseSession,
  takeSession,
} from './owner-store.ts'

const accountId = '123456789012'
const now = new Date('2026-01-01T00:00:00Z')

let store: Store
beforeAll(async () => void (store = await openTestStore()))
afterAll(() => store[Symbol.asyncDispose]())

const insert = (db: Db, sessionId: number, clientId: string, nodeName: string) =>
  insertOwned(
    db,
    { accountId, sessionId, clientId, version: 4, expirySeconds: 60, isConnected: true, epoch: 1 },
    nodeName,
  )

const log = (db: Db) =>
  appendToLog(
    db,
    [
      {
        message: { accountId, topic: 'a', payload: Buffer.from('x'), qos: 1, retain: false },
        shares: [],
      },
    ],
    'a',
  )

it('gives each run of a node numbers of its own, and its sessions back to nobody', async () => {
  const first = await store.transact((db) => beginNode(db, 'a', now))
  await store.transact((db) => insert(db, first.firstSessionId, 'begun', 'a'))
  const second = await store.transact((db) => beginNode(db, 'a', now))
  expect(second.firstSessionId).toBeGreaterThan(first.firstSessionId + 1_000_000)
  expect(second.firstSessionId).toBeLessThan(Number.MAX_SAFE_INTEGER)
  expect(await findOwner(store.read, accountId, 'begun')).toMatchObject({ ownerNode: '' })
})

it('lets a session be replaced by the node that has it, and by no other', async () => {
  const outcomes = await store.transact(async (db) => [
    await insert(db, 1, 'made', 'a'),
    await insert(db, 2, 'made', 'b'),
    await insert(db, 3, 'made', 'a'),
  ])
  expect(outcomes).toEqual([true, false, true])
  expect(await findOwner(store.read, accountId, 'made')).toEqual({ sessionId: 3, ownerNode: 'a', epoch: 1 })
})

it('raises the epoch with each node that takes it, and keeps up to where it has the log', async () => {
  await store.transact((db) => beginNode(db, 'x', now))
  const begun = await findPosition(store.read, 'x')
  await store.transact((db) => insert(db, 10, 'moved', 'x'))
  await store.transact(log)
  const taken = await store.transact((db) =>
    takeSession(db, { accountId, clientId: 'moved', nodeName: 'y', now }),
  )
  expect(taken).toMatchObject({ record: { sessionId: 10, epoch: 2 }, logSeq: begun, wasConnected: true })
  const owned = (nodeName: string) => listOwned(store.read, { nodeName, accountId, sessionIds: [10, 11] })
  expect(await owned('x')).toEqual(new Map())
  expect(await owned('y')).toEqual(new Map([[10, 2]]))
  await store.transact((db) =>
    releaseSession(db, { accountId, sessionId: 10, nodeName: 'y', logSeq: 999_999 }),
  )
  const again = await store.transact((db) =>
    takeSession(db, { accountId, clientId: 'moved', nodeName: 'x', now }),
  )
  expect(again).toMatchObject({ record: { epoch: 3 }, logSeq: begun, wasConnected: false })
  expect(await takeOf('absent')).toBeUndefined()
})

const takeOf = (clientId: string) =>
  store.transact((db) => takeSession(db, { accountId, clientId, nodeName: 'x', now }))

it('lists what nobody has page by page, and gives each to one node', async () => {
  await store.transact(async (db) => {
    await orphanSessions(db, 'nobody', now)
    for (let number = 0; number < 5; number++) await insert(db, 100 + number, `orphan-${number}`, 'dead')
    await log(db)
    await orphanSessions(db, 'dead', now)
  })
  const page = await listOrphans(store.read, { accountId, sessionId: 101 }, 2)
  expect(page.map(({ clientId }) => clientId)).toEqual(['orphan-2', 'orphan-3'])
  const adopt = (nodeName: string, sessionIds: number[]) =>
    store.transact((db) => adoptSessions(db, { accountId, sessionIds, nodeName }))
  const newest = await newestLogged(store.read)
  expect(
    (await adopt('x', [100, 101])).map(({ record, logSeq }) => [record.clientId, record.epoch, logSeq]),
  ).toEqual([
    ['orphan-0', 2, newest],
    ['orphan-1', 2, newest],
  ])
  expect((await adopt('y', [101, 102])).map(({ record }) => record.clientId)).toEqual(['orphan-2'])
})

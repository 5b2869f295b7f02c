import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { NodeStore, Store } from '../../store/index.ts'
import { Membership } from './membership.ts'
import { joinNode } from './store.ts'
import { timing } from './timing.ts'
import { ownWire } from './wire.ts'

let store: Store
beforeAll(async () => void (store = await openTestStore()))
afterAll(() => store[Symbol.asyncDispose]())

async function joined(joinedAt: number) {
  const nodeName = `node-${joinedAt}`
  const key = { nodeName, version: '1.0.0', wire: ownWire, leaseMs: timing.leaseMs }
  const outcome = await store.transact((db) => joinNode(db, key))
  if (!('epoch' in outcome)) throw new Error('it did not join')
  const fenced: string[] = []
  const membership = new Membership(
    {
      store: {
        ...store,
        lease: store.read,
        cutOff: () => {},
        writeAs: () => {},
        noteChanges: () => {},
      } satisfies NodeStore,
      log: { error: () => {}, warn: () => {} },
      facts: () => ({ takenSeq: 0, connections: 0, address: '' }),
      onMembers: () => {},
      onFenced: ({ message }) => fenced.push(message),
    },
    { nodeName, epoch: outcome.epoch },
    joinedAt,
  )
  return { membership, fenced }
}

it('serves while its lease was renewed of late', async () => {
  const { membership } = await joined(performance.now())
  await using _ = membership
  expect(membership.mayServe).toBe(true)
})

it('does not serve on when no renewal was answered for so long, though no timer has noticed yet', async () => {
  const { membership, fenced } = await joined(performance.now() - timing.fenceMs - 1)
  await using _ = membership
  expect(membership.mayServe).toBe(false)
  expect(fenced).toEqual([])
})

it('does not serve when it has left', async () => {
  const { membership } = await joined(performance.now())
  await membership[Symbol.asyncDispose]()
  expect(membership.mayServe).toBe(false)
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Store } from '../../store/index.ts'
import {
  endMembership,
  forgetEnded,
  insertChanges,
  insertFile,
  joinNode,
  listChangesAfter,
  listFiles,
  listMembers,
  newestSeq,
  pruneChanges,
  renewLease,
  type Member,
} from './store.ts'

let store: Store
beforeAll(async () => void (store = await openTestStore()))
afterAll(() => store[Symbol.asyncDispose]())

let nodeName: string
let count = 0
beforeEach(() => void (nodeName = `node-${count++}`))

const wire = { from: 1, to: 2 }
const join = (leaseMs: number) =>
  store.transact((db) => joinNode(db, { nodeName, version: '1.0.0', wire, leaseMs }))

async function joined(leaseMs: number): Promise<number> {
  const outcome = await join(leaseMs)
  if (!('epoch' in outcome)) throw new Error('it did not join')
  return outcome.epoch
}

const facts = { takenSeq: 7, connections: 3, address: 'http://here' }
const renew = (epoch: number, leaseMs = 60_000) =>
  store.transact((db) => renewLease(db, { nodeName, epoch, leaseMs, ...facts }))
const end = (epoch: number, ifDead: boolean) =>
  store.transact((db) => endMembership(db, { nodeName, epoch }, { ifDead }))
const find = async () => (await listMembers(store.read)).find((member) => member.nodeName === nodeName)

describe('a membership', () => {
  it('lasts while its lease is renewed, and tells what the node says', async () => {
    const epoch = await joined(60_000)
    expect(await renew(epoch)).toBe(true)
    expect(await find()).toMatchObject({ ...facts, epoch, version: '1.0.0', wire, isAlive: true })
  })

  it('is not given twice: whoever comes second hears until when the first has it', async () => {
    await joined(60_000)
    expect(await join(60_000)).toEqual({ heldUntil: (await find())!.leaseUntil })
  })

  it.each([
    [{ from: 1, to: 1 }, 1],
    [{ from: 2, to: 3 }, 2],
  ])('has a form in which all speak, with a node of %j', async (other, form) => {
    await joined(60_000)
    const joining = { nodeName: `${nodeName}-other`, version: '2.0.0', wire: other, leaseMs: 0 }
    expect(await store.transact((db) => joinNode(db, joining))).toMatchObject({ form })
  })

  it.each([{ from: 3, to: 4 }])(
    'is refused to a node of %j, which hears who does not understand it',
    async (other) => {
      await joined(60_000)
      const joining = { nodeName: `${nodeName}-other`, version: '2.0.0', wire: other, leaseMs: 60_000 }
      const { unlike = [] } = (await store.transact((db) => joinNode(db, joining))) as { unlike?: Member[] }
      expect(unlike.map((member) => member.nodeName)).toContain(nodeName)
      expect((await listMembers(store.read)).map((member) => member.nodeName)).not.toContain(joining.nodeName)
    },
  )

  it('is given anew once its lease has run out, under another epoch, and the old one may do nothing more', async () => {
    const old = await joined(0)
    expect(await find()).toMatchObject({ isAlive: false })
    expect(await renew(old)).toBe(false)
    const epoch = await joined(60_000)
    expect(epoch).toBeGreaterThan(old)
    expect(await renew(old)).toBe(false)
    expect(await end(old, false)).toBe(false)
    expect(await find()).toMatchObject({ epoch, isAlive: true })
  })

  it('is ended by others only when it is dead, and by one of them', async () => {
    const alive = await joined(60_000)
    expect(await end(alive, true)).toBe(false)
    expect(await end(alive, false)).toBe(true)
    const dead = await joined(0)
    expect(dead).toBeGreaterThan(alive)
    expect(await end(dead, true)).toBe(true)
    expect(await end(dead, true)).toBe(false)
    expect(await find()).toBeUndefined()
    expect(await store.transact(forgetEnded)).toContain(nodeName)
    expect(await joined(60_000)).toBeGreaterThan(dead)
  })
})

describe('changes', () => {
  const change = (id: string) => ({ accountId: '000000000000', kind: 'thing', id })
  const add = (...ids: string[]) => store.transact((db) => insertChanges(db, nodeName, ids.map(change)))

  it('are read in their order, from the one after that which is known', async () => {
    const before = await newestSeq(store.read)
    const first = await add('lamp')
    const last = await add('pump', 'valve')
    expect(await newestSeq(store.read)).toBe(last)
    const ids = async (after: number, limit = 10) =>
      (await listChangesAfter(store.read, after, limit)).map(({ id }) => id)
    expect(await ids(before)).toEqual(['lamp', 'pump', 'valve'])
    expect(await ids(first)).toEqual(['pump', 'valve'])
    expect(await ids(before, 1)).toEqual(['lamp'])
    expect(await ids(last)).toEqual([])
    expect((await listChangesAfter(store.read, before, 1))[0]).toEqual({
      seq: first,
      nodeName,
      ...change('lamp'),
    })
  })

  it('are forgotten when they are old, but for the newest, whose number goes on', async () => {
    await add('lamp', 'pump')
    const newest = await newestSeq(store.read)
    await store.transact((db) => pruneChanges(db, 60_000))
    expect(await listChangesAfter(store.read, newest - 2, 10)).toHaveLength(2)
    await store.transact((db) => pruneChanges(db, -1000))
    expect(await listChangesAfter(store.read, 0, 10)).toMatchObject([{ seq: newest, id: 'pump' }])
    expect(await add('valve')).toBe(newest + 1)
  })
})

it('keeps files of all nodes by their names', async () => {
  const files = ['b', 'a'].map((name) => ({ name, sealed: `v1.${name}` }))
  for (const file of files) await store.transact((db) => insertFile(db, file))
  expect(await listFiles(store.read)).toEqual(files.toReversed())
})

/** Several stores that write into one database, each as a node of a cluster would. */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSecretBox, openNodeStore, type Db, type NodeStore } from '../../src/store/index.ts'
import { asOwner } from '../helpers/postgres/databases.ts'
import { findPostgres, startPostgres, type TestPostgres } from '../helpers/postgres/server.ts'

const isAbsent = findPostgres() === undefined
const secrets = createSecretBox(randomBytes(32))
const silenceMs = 1000
const accountId = '000000000000'

let postgres: TestPostgres
let a: NodeStore
let b: NodeStore

const open = () =>
  openNodeStore(postgres.url, { secrets, keyFile: 'cluster.key', silenceMs, leaseQueryMs: 10_000 })

beforeAll(async () => {
  if (isAbsent) return
  postgres = await startPostgres()
  ;[a, b] = await Promise.all([open(), open()])
})
afterAll(async () => {
  for (const store of [a, b]) await store?.[Symbol.asyncDispose]()
  await postgres?.[Symbol.asyncDispose]()
})

const row = (topic: string, modifiedAt = 0) => ({
  account_id: accountId,
  topic,
  payload: new Uint8Array(),
  qos: 0 as const,
  properties: null,
  modified_at: modifiedAt,
  expires_at: null,
})

const put = (store: NodeStore, topic: string) =>
  store.transact((db) => db.insertInto('retained_messages').values(row(topic)).execute())

const countOf = async (db: Db, topic: string) => {
  const found = await db
    .selectFrom('retained_messages')
    .select('modified_at')
    .where('topic', '=', topic)
    .executeTakeFirst()
  return found?.modified_at
}

describe.skipIf(isAbsent)('stores that write into one database', () => {
  it('lose no update, and find what the other has written', async () => {
    await put(a, 'count')
    const addOne = (store: NodeStore) =>
      store.transact(async (db) => {
        const modified_at = ((await countOf(db, 'count')) ?? 0) + 1
        await db.updateTable('retained_messages').set({ modified_at }).where('topic', '=', 'count').execute()
      })
    await Promise.all(Array.from({ length: 100 }, (_, at) => addOne(at % 2 === 0 ? a : b)))
    expect(await countOf(a.read, 'count')).toBe(100)
    expect(await countOf(b.read, 'count')).toBe(100)
  })

  it('keep what holds only when each sees all others: no two take the last place', async () => {
    const takePlace = (store: NodeStore, topic: string) =>
      store.transact(async (db) => {
        const taken = await db
          .selectFrom('retained_messages')
          .select('topic')
          .where('topic', 'like', 'place/%')
          .execute()
        if (taken.length > 0) throw new Error('taken')
        await db.insertInto('retained_messages').values(row(topic)).execute()
      })
    const outcomes = await Promise.allSettled([takePlace(a, 'place/a'), takePlace(b, 'place/b')])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('go on when one of them sits on its turn, which then has written nothing', async () => {
    const stuck = a.transact(async (db) => {
      await db.insertInto('retained_messages').values(row('stuck')).execute()
      await setTimeout(3 * silenceMs)
      await db.insertInto('retained_messages').values(row('stuck/too')).execute()
    })
    const [outcome] = await Promise.allSettled([stuck, put(b, 'meanwhile')])
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/connection/i) as string },
    })
    expect(await countOf(b.read, 'stuck')).toBeUndefined()
    await expect.poll(() => put(a, 'again').then(() => 'in', String)).toBe('in')
  })

  it('write down what the works of a batch changed in its transaction, and tell of it once it is committed', async () => {
    const c = await open()
    const told: string[] = []
    c.noteChanges(async (db, changes) => {
      const ids = changes.map(({ id }) => id).join()
      if (ids.includes('refused')) throw new Error('not to be written')
      await db.insertInto('retained_messages').values(row(ids)).execute()
      return () => void told.push(ids)
    })
    const change = (id: string) => ({ accountId, kind: 'thing', id })
    const fail = () => Promise.reject(new Error('no'))
    const outcomes = await Promise.allSettled([
      c.transact(
        async () => 'noted/1',
        (id) => [change(id)],
      ),
      c.transact(fail, () => [change('failed')]),
      c.transact(
        async () => 'noted/2',
        (id) => [change(id)],
      ),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(told).toEqual(['noted/1,noted/2'])
    expect(await countOf(b.read, 'noted/1,noted/2')).toBe(0)
    const refused = c.transact(
      (db) => db.insertInto('retained_messages').values(row('beside')).execute(),
      () => [change('refused')],
    )
    await expect(refused).rejects.toThrow('not to be written')
    expect(await countOf(b.read, 'beside')).toBeUndefined()
    await c.transact(
      async () => {},
      () => [change('after')],
    )
    expect(told.slice(1)).toEqual(['after'])
    await c[Symbol.asyncDispose]()
  })

  it('take nothing from a member whose lease has run out, or who was found dead', async () => {
    const lease = (epoch: number, lease_until: number) =>
      asOwner(postgres.url, (client) =>
        client.query(
          `insert into nodes values ('a', ${epoch}, '1', '', ${lease_until}, 0, 0, 0)
          on conflict (node_name) do update set epoch = ${epoch}, lease_until = ${lease_until}`,
        ),
      )
    const later = Date.now() + 600_000
    await lease(1, later)
    a.writeAs({ nodeName: 'a', epoch: 1 })
    await put(a, 'as/member')
    await lease(1, Date.now() - 1000)
    await expect(put(a, 'too/late')).rejects.toThrow('the lease of this node has run out')
    await lease(2, later)
    await expect(put(a, 'of/another')).rejects.toThrow('the lease of this node has run out')
    a.writeAs({ nodeName: 'a', epoch: 2 })
    await put(a, 'as/member/again')
    expect(await countOf(b.read, 'too/late')).toBeUndefined()
  })

  it('look at one moment, whatever the other writes in between', async () => {
    await put(a, 'seen')
    const found = await b.view(async (db) => {
      const before = await countOf(db, 'seen/later')
      await put(a, 'seen/later')
      return [before, await countOf(db, 'seen/later'), await countOf(db, 'seen')]
    })
    expect(found).toEqual([undefined, undefined, 0])
  })

  it('write nothing once they are cut off, and do not wait for what is under way', async () => {
    const c = await open()
    const [begun, isCut] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const waiting = c.transact(async (db) => {
      begun.resolve()
      await isCut.promise
      return countOf(db, 'seen')
    })
    await begun.promise
    c.cutOff()
    isCut.resolve()
    await expect(waiting).rejects.toThrow(/connection/i)
    await expect(put(c, 'after')).rejects.toThrow('not a member of the cluster any more')
    await c[Symbol.asyncDispose]()
  })
})

/** What every engine of the store must do, whichever features stand on it. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { isForeignKeyViolation, prepareQuery, type Bind, type Db, type Store } from './index.ts'
import { engines, type Engine } from '../../test/helpers/engines.ts'
import { patienceMs } from '../../test/helpers/patience.ts'

const accountId = '000000000000'

const message = (topic: string, payload: Uint8Array = new Uint8Array(), modifiedAt = 0) => ({
  account_id: accountId,
  topic,
  payload,
  qos: 0 as const,
  properties: null,
  modified_at: modifiedAt,
  expires_at: null,
})

const insert = (db: Db, ...given: Parameters<typeof message>) =>
  db
    .insertInto('retained_messages')
    .values(message(...given))
    .execute()

const find = (db: Db, topic: string) =>
  db.selectFrom('retained_messages').selectAll().where('topic', '=', topic).executeTakeFirst()

describe.each(engines)('the store on %s', (_name, openEngine) => {
  let engine: Engine
  let store: Store

  beforeAll(async () => {
    engine = await openEngine()
    store = await engine.open()
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
  })

  it('refuses to write outside a transaction', async () => {
    await expect(insert(store.read, 'outside')).rejects.toThrow('for reading only')
  })

  it('shows readers what was committed, and nothing of what is open or was undone', async () => {
    let seen: unknown
    const undone = store.transact(async (db) => {
      await insert(db, 'undone')
      seen = await find(store.read, 'undone')
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    await store.transact((db) => insert(db, 'kept'))
    expect([seen, await find(store.read, 'undone')]).toEqual([undefined, undefined])
    expect(await find(store.read, 'kept')).toBeDefined()
  })

  it('undoes what breaks a rule of the schema, and keeps its neighbours', async () => {
    const topics = ['n-1', 'n-1', 'n-2']
    const outcomes = await Promise.allSettled(
      topics.map((topic) => store.transact((db) => insert(db, topic))),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('tells a missing row that another names from every other fault', async () => {
    const lost = store.transact((db) =>
      db
        .insertInto('things')
        .values({
          account_id: accountId,
          thing_name: 'lamp',
          thing_id: 'x',
          thing_type_name: null,
          billing_group_name: 'nobody',
          attributes: '{}',
          version: 1,
          creation_date: 0,
        })
        .execute(),
    )
    expect(isForeignKeyViolation(await lost.catch((cause: unknown) => cause))).toBe(true)
    const twice = store.transact(async (db) => {
      await insert(db, 'twice')
      await insert(db, 'twice')
    })
    expect(isForeignKeyViolation(await twice.catch((cause: unknown) => cause))).toBe(false)
  })

  it('loses no update of transactions that read before they write', async () => {
    await store.transact((db) => insert(db, 'counter'))
    const add = () =>
      store.transact(async (db) => {
        const row = await find(db, 'counter')
        await db
          .updateTable('retained_messages')
          .set({ modified_at: (row?.modified_at ?? 0) + 1 })
          .where('topic', '=', 'counter')
          .execute()
      })
    await Promise.all(Array.from({ length: 40 }, add))
    expect((await find(store.read, 'counter'))?.modified_at).toBe(40)
  })

  it('lets no two transactions both find that there is room for one more', async () => {
    const takeLast = (topic: string) =>
      store.transact(async (db) => {
        const taken = await db
          .selectFrom('retained_messages')
          .select('topic')
          .where('topic', 'like', 'last/%')
          .execute()
        if (taken.length === 0) await insert(db, topic)
      })
    await Promise.all(['last/a', 'last/b', 'last/c'].map(takeLast))
    const rows = await store.read
      .selectFrom('retained_messages')
      .select('topic')
      .where('topic', 'like', 'last/%')
      .execute()
    expect(rows).toHaveLength(1)
  })

  it('orders text by its bytes', async () => {
    const topics = [
      'order/a',
      'order/B',
      'order/_',
      'order/é',
      'order/Z',
      'order/a/b',
      'order/a-b',
      'order/z',
    ]
    for (const topic of topics) await store.transact((db) => insert(db, topic))
    const rows = await store.read
      .selectFrom('retained_messages')
      .select('topic')
      .where('topic', '>=', 'order/')
      .where('topic', '<', 'order0')
      .orderBy('topic')
      .execute()
    const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    expect(rows.map(({ topic }) => topic)).toEqual(topics.toSorted(byBytes))
  })

  it('matches by pattern with upper and lower case apart', async () => {
    await store.transact((db) => insert(db, 'CASE/x'))
    const found = await store.read
      .selectFrom('retained_messages')
      .select('topic')
      .where('topic', '>=', 'case/')
      .where('topic', '<', 'case0')
      .execute()
    expect(found).toEqual([])
  })

  it.each([
    ['U+0000', 'a\0b'],
    ['a noncharacter', '\u{10FFFF}0\0\u{10FFFF}'],
    ['four bytes', '🙂'],
    ['the end of a statement', "'; drop table things; --"],
  ])('gives back text as it came: %s', async (what, text) => {
    await store.transact((db) =>
      db
        .insertInto('retained_messages')
        .values({ ...message(`text/${what}`), properties: text })
        .execute(),
    )
    expect((await find(store.read, `text/${what}`))?.properties).toBe(text)
  })

  it('gives back bytes and numbers as they came', async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, at) => at % 256)
    await store.transact((db) => insert(db, 'values', bytes, Number.MAX_SAFE_INTEGER))
    const row = await find(store.read, 'values')
    expect([...(row?.payload ?? [])]).toEqual([...bytes])
    expect(row?.modified_at).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('adds and counts in numbers', async () => {
    const row = await store.read
      .selectFrom('retained_messages')
      .select((is) => [is.fn.countAll<number>().as('count'), is.fn.sum<number>('modified_at').as('sum')])
      .where('topic', '=', 'values')
      .executeTakeFirst()
    expect(row).toEqual({ count: 1, sum: Number.MAX_SAFE_INTEGER })
  })

  it('finds nothing among nothing, and everything outside it', async () => {
    const among = (operator: 'in' | 'not in') =>
      store.read.selectFrom('retained_messages').select('topic').where('topic', operator, []).execute()
    expect(await among('in')).toEqual([])
    expect((await among('not in')).length).toBeGreaterThan(0)
  })

  it('runs prepared queries, however often', async () => {
    const byTopic = prepareQuery((db, value: Bind<{ topic: string }>) =>
      db.selectFrom('retained_messages').select('topic').where('topic', '=', value('topic')),
    )
    for (let time = 0; time < 5; time++)
      expect((await byTopic(store.read, { topic: 'kept' })).rows).toEqual([{ topic: 'kept' }])
  })

  it('tells how many rows were changed', async () => {
    const result = await store.transact((db) =>
      db.deleteFrom('retained_messages').where('topic', 'in', ['n-1', 'n-2', 'n-3']).executeTakeFirst(),
    )
    expect(result.numDeletedRows).toBe(2n)
  })

  it('keeps the order in which it was asked', async () => {
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 30 }, (_, number) => store.transact(async () => void order.push(number))),
    )
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  it('takes nothing more once it is closed', async () => {
    await store[Symbol.asyncDispose]()
    await expect(store.transact((db) => insert(db, 'too late'))).rejects.toThrow('not open any more')
    store = await vi.waitFor(() => engine.open(), patienceMs) // PostgreSQL lets go of it a moment later
    expect(await find(store.read, 'too late')).toBeUndefined()
  })

  it('has after a crash all that it acknowledged before, and goes on', async () => {
    const acknowledged: string[] = []
    let isOver = false
    const writing = Array.from({ length: 4 }, async (_, writer) => {
      for (let number = 0; !isOver; number++) {
        const topic = `crash/${writer}/${number}`
        const isKept = await store
          .transact((db) => insert(db, topic))
          .then(
            () => true,
            () => false,
          )
        if (isKept) acknowledged.push(topic)
      }
    })
    await expect.poll(() => acknowledged.length).toBeGreaterThan(20)
    await engine.crash?.()
    const before = acknowledged.length
    await expect.poll(() => acknowledged.length).toBeGreaterThan(before + 20)
    isOver = true
    await Promise.all(writing)
    if (!engine.crash) {
      await store[Symbol.asyncDispose]()
      store = await engine.open()
    }
    const rows = await store.read
      .selectFrom('retained_messages')
      .select('topic')
      .where('topic', '>=', 'crash/')
      .where('topic', '<', 'crash0')
      .execute()
    const kept = new Set(rows.map(({ topic }) => topic))
    expect(acknowledged.filter((topic) => !kept.has(topic))).toEqual([])
  })
})

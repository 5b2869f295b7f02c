/** Works that share no name, and reads of one turn: whatever an engine does about them, they come to the same. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  inParts,
  isForeignKeyViolation,
  originOf,
  prepareQuery,
  type Bind,
  type Db,
  type Store,
  type Tables,
} from './index.ts'
import { engines, type Engine } from '../../test/helpers/engines.ts'

const accountId = '000000000000'

type Message = Pick<Tables['retained_messages'], 'topic' | 'payload' | 'properties' | 'modified_at'>

const messageOf = (topic: string, given: Partial<Message> = {}): Message => ({
  topic,
  payload: new Uint8Array(),
  properties: null,
  modified_at: 0,
  ...given,
})

const insertUnlessThere = prepareQuery((db, value: Bind<Message>) =>
  db
    .insertInto('retained_messages')
    .values({
      account_id: accountId,
      topic: value('topic'),
      payload: value('payload'),
      qos: 0,
      properties: value('properties'),
      modified_at: value('modified_at'),
      expires_at: null,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** Under another topic, where there is one of the first. */
const copy = prepareQuery((db, value: Bind<{ from: string; to: string }>) =>
  db
    .insertInto('retained_messages')
    .columns(['account_id', 'topic', 'payload', 'qos', 'modified_at'])
    .expression(
      db
        .selectFrom('retained_messages as from')
        .select([
          'from.account_id',
          sql<string>`${value('to')}`.as('topic'),
          'from.payload',
          'from.qos',
          'from.modified_at',
        ])
        .where('from.account_id', '=', accountId)
        .where('from.topic', '=', value('from')),
    )
    .onConflict((conflict) => conflict.doNothing()),
)

const addDevices = prepareQuery((db, value: Bind<{ ca: string; devices: number }>) =>
  db
    .insertInto('ca_devices')
    .values({ account_id: accountId, ca_certificate_id: value('ca'), devices: value('devices') })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'ca_certificate_id'])
        .doUpdateSet((eb) => ({ devices: eb('ca_devices.devices', '+', eb.ref('excluded.devices')) })),
    ),
)

const insertThing = prepareQuery((db, value: Bind<{ name: string; group: string | null }>) =>
  db
    .insertInto('things')
    .values({
      account_id: accountId,
      thing_name: value('name'),
      thing_id: 'x',
      thing_type_name: null,
      billing_group_name: value('group'),
      attributes: '{}',
      version: 1,
      creation_date: 0,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

const selectFrom = prepareQuery((db, value: Bind<{ from: string; limit: number }>) =>
  db
    .selectFrom('retained_messages')
    .select(['topic', 'modified_at', 'payload'])
    .where('topic', '>=', value('from'))
    .where('topic', '<', 'row0')
    .orderBy('topic', 'desc')
    .limit(value('limit')),
)

const find = async (db: Db, topic: string): Promise<Message | undefined> =>
  db
    .selectFrom('retained_messages')
    .select(['topic', 'payload', 'properties', 'modified_at'])
    .where('account_id', '=', accountId)
    .where('topic', '=', topic)
    .executeTakeFirst()

describe.each(engines)('side by side on %s', (_name, openEngine) => {
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

  /** Each work by itself as far as its name says. */
  const all = <Given, Value>(given: readonly Given[], work: (db: Db, one: Given) => Promise<Value>) =>
    Promise.allSettled(given.map((one, at) => store.transact((db) => work(db, one), undefined, [`${at}`])))

  const values = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason)))

  it('the first of those that would insert the same row inserts it, and each hears whether it did', async () => {
    const topics = ['a', 'b', 'a', 'c', 'b', 'a'].map((name) => `same/${name}`)
    const inserted = await all(topics, async (db, topic) => {
      return (await insertUnlessThere(db, messageOf(topic))).numAffectedRows
    })
    expect(values(inserted)).toEqual([1n, 1n, 0n, 1n, 0n, 0n])
    const again = await all(topics, async (db, topic) => {
      return (await insertUnlessThere(db, messageOf(topic))).numAffectedRows
    })
    expect(values(again)).toEqual([0n, 0n, 0n, 0n, 0n, 0n])
  })

  it('values are kept as they came', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
    const messages = [
      messageOf('kept/plain'),
      messageOf('kept/bytes', { payload: bytes, modified_at: Number.MAX_SAFE_INTEGER }),
      messageOf('kept/nul', { properties: 'a\0b\u{10FFFF}0' }),
      messageOf('kept/quote', { properties: `'; drop table things; -- "\\x00" $1 🙂` }),
      messageOf('kept/below', { modified_at: -1 }),
    ]
    await all(messages, insertUnlessThere)
    const found = await Promise.all(messages.map(({ topic }) => find(store.read, topic)))
    expect(found.map((row) => row && { ...row, payload: new Uint8Array(row.payload) })).toEqual(messages)
  })

  it('half of a character is kept as it is without company', async () => {
    const half = (topic: string) => messageOf(topic, { properties: 'x\ud800y' })
    await store.transact((db) => insertUnlessThere(db, half('half/alone')))
    await all([half('half/one'), half('half/two')], insertUnlessThere)
    const kept = await Promise.all(['alone', 'one', 'two'].map((name) => find(store.read, `half/${name}`)))
    expect(new Set(kept.map((row) => row?.properties))).toEqual(new Set(['x\ufffdy']))
  })

  it('what is inserted from other rows is counted for whoever asked', async () => {
    await store.transact((db) => insertUnlessThere(db, messageOf('source/1', { modified_at: 7 })))
    const wanted = ['source/1', 'source/none', 'source/1'].map((from, at) => ({ from, to: `copy/${at}` }))
    const copied = await all(wanted, async (db, one) => (await copy(db, one)).numAffectedRows)
    expect(values(copied)).toEqual([1n, 0n, 1n])
    expect((await find(store.read, 'copy/2'))?.modified_at).toBe(7)
  })

  it('what is added to one number adds up', async () => {
    const given = Array.from({ length: 30 }, (_, at) => ({
      ca: `ca-${at % 2}`,
      devices: at % 3 === 0 ? -1 : 2,
    }))
    await all(given, addDevices)
    const rows = await store.read.selectFrom('ca_devices').select('devices').orderBy('devices').execute()
    expect(rows.map(({ devices }) => devices)).toEqual([15, 15])
  })

  it('one that fails is undone by itself, with its own fault, and those beside it stay', async () => {
    const given = ['f-1', 'f-2', 'f-3'].map((name) => ({ name, group: name === 'f-2' ? 'nobody' : null }))
    const outcomes = await all(given, async (db, thing) => {
      await insertThing(db, thing)
      if (thing.name === 'f-3') throw new Error('changed its mind')
    })
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    const [, lost, own] = outcomes
    expect(isForeignKeyViolation(lost?.status === 'rejected' && lost.reason)).toBe(true)
    expect(own?.status === 'rejected' && own.reason).toEqual(new Error('changed its mind'))
    const rows = await store.read.selectFrom('things').select('thing_name').execute()
    expect(rows).toEqual([{ thing_name: 'f-1' }])
  })

  it('those that share a name lose no update of each other', async () => {
    await store.transact((db) => insertUnlessThere(db, messageOf('counter')))
    const add = (at: number) =>
      store.transact(
        async (db) => {
          const row = await find(db, 'counter')
          await db
            .updateTable('retained_messages')
            .set({ modified_at: (row?.modified_at ?? 0) + 1 })
            .where('topic', '=', 'counter')
            .execute()
        },
        undefined,
        [`own ${at}`, 'counter'],
      )
    await Promise.all(Array.from({ length: 20 }, (_, at) => add(at)))
    expect((await find(store.read, 'counter'))?.modified_at).toBe(20)
  })

  it('what is known of a store by what it writes with is found in each of them', async () => {
    const alone = await store.transact(async (db) => ({ origin: originOf(db) }))
    const given = Array.from({ length: 5 }, (_, at) => ({ name: `known-${at}`, group: null }))
    const origins = await all(given, async (db, thing) => {
      await insertThing(db, thing)
      return originOf(db)
    })
    expect(new Set(values(origins))).toEqual(new Set([alone.origin]))
  })

  describe('parts of one transaction', () => {
    interface Given {
      group?: string | null
      isRefused?: boolean
    }
    const part = (name: string, { group = null, isRefused = false }: Given = {}) => ({
      apart: [name],
      run: async (db: Db) => {
        await insertThing(db, { name, group })
        if (isRefused) throw new Error('changed its mind')
        return name
      },
    })
    const namesLike = async (prefix: string) => {
      const rows = await store.read
        .selectFrom('things')
        .select('thing_name')
        .where('thing_name', '>=', `${prefix}-`)
        .where('thing_name', '<', `${prefix}.`)
        .orderBy('thing_name')
        .execute()
      return rows.map(({ thing_name }) => thing_name)
    }

    it('are done, each heard of in its place', async () => {
      const names = ['p-1', 'p-2', 'p-3']
      const outcomes = await store.transact((db) =>
        inParts(
          db,
          names.map((name) => part(name)),
        ),
      )
      expect(values(outcomes)).toEqual(names)
      expect(await namesLike('p')).toEqual(names)
    })

    it('fail by themselves, and what stands around them stays', async () => {
      const outcomes = await store.transact(async (db) => {
        await insertThing(db, { name: 'q-before', group: null })
        const parts = [
          part('q-1'),
          part('q-2', { group: 'nobody' }),
          part('q-3', { isRefused: true }),
          part('q-4'),
        ]
        const done = await inParts(db, parts)
        await insertThing(db, { name: 'q-after', group: null })
        return done
      })
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
      const [, lost, own] = outcomes
      expect(isForeignKeyViolation(lost?.status === 'rejected' && lost.reason)).toBe(true)
      expect(own?.status === 'rejected' && own.reason).toEqual(new Error('changed its mind'))
      expect(await namesLike('q')).toEqual(['q-1', 'q-4', 'q-after', 'q-before'])
    })

    it('that share a name find what the one before has written', async () => {
      const add = (at: number) => ({
        apart: [`own ${at}`, 'r'],
        run: async (db: Db) => {
          const known = await find(db, 'r')
          if (!known) await insertUnlessThere(db, messageOf('r'))
          await db
            .updateTable('retained_messages')
            .set({ modified_at: (known?.modified_at ?? 0) + 1 })
            .where('topic', '=', 'r')
            .execute()
        },
      })
      await store.transact((db) =>
        inParts(
          db,
          Array.from({ length: 5 }, (_, at) => add(at)),
        ),
      )
      expect((await find(store.read, 'r'))?.modified_at).toBe(5)
    })

    it('are undone with their transaction', async () => {
      const undone = store.transact(async (db) => {
        await inParts(db, [part('s-1'), part('s-2')])
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      expect(await namesLike('s')).toEqual([])
    })
  })

  it('reads of one turn have their own rows each, in the order that they ask for', async () => {
    const topics = ['row/1', 'row/2', 'row/3', 'row/4']
    await all(
      topics.map((topic, at) => messageOf(topic, { modified_at: at })),
      insertUnlessThere,
    )
    const asked = [
      { from: 'row/1', limit: 10 },
      { from: 'row/3', limit: 10 },
      { from: 'row/9', limit: 10 },
      { from: 'row/1', limit: 2 },
    ]
    const alone = []
    for (const one of asked) alone.push((await selectFrom(store.read, one)).rows)
    const together = await Promise.all(asked.map((one) => selectFrom(store.read, one)))
    expect(alone.map((rows) => rows.map(({ topic }) => topic))).toEqual([
      ['row/4', 'row/3', 'row/2', 'row/1'],
      ['row/4', 'row/3'],
      [],
      ['row/4', 'row/3'],
    ])
    expect(together.map(({ rows }) => rows)).toEqual(alone)
  })

  it('a read that cannot be answered fails alone', async () => {
    const limits = [2, -1, 1] // a negative limit is no fault for SQLite
    const rows = await Promise.allSettled(
      limits.map((limit) => selectFrom(store.read, { from: 'row/1', limit })),
    )
    expect([rows[0]?.status, rows[2]?.status]).toEqual(['fulfilled', 'fulfilled'])
  })

  it('writing is refused where one reads, in company too', async () => {
    const writes = ['no/1', 'no/2'].map((topic) => insertUnlessThere(store.read, messageOf(topic)))
    const outcomes = await Promise.allSettled(writes)
    expect(values(outcomes)).toEqual(Array(2).fill('Error: this connection is for reading only'))
  })
})

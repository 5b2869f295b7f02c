import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../test/helpers/store.ts'
import { bindAll, prepareQuery, type Bind, type Db, type Store, type Tables } from './index.ts'

let store: Store
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const insertTag = prepareQuery((db, value: Bind<Tables['tags']>) =>
  db
    .insertInto('tags')
    .values(bindAll(value, ['account_id', 'resource_arn', 'key', 'value']))
    .onConflict((conflict) => conflict.doNothing()),
)

let builds = 0
const selectTags = prepareQuery((db, value: Bind<{ resource: string; above: string }>) => {
  builds++
  return db
    .selectFrom('tags')
    .select(['key', 'value'])
    .where('account_id', '=', 'a') // a value of the query itself, between those that are bound
    .where('key', '>', value('above'))
    .where('resource_arn', '=', value('resource'))
    .orderBy('key')
    .limit(2)
})

const tag = (key: string, value: string, account = 'a') => ({
  account_id: account,
  resource_arn: 'arn',
  key,
  value,
})

describe('a prepared query', () => {
  it('runs with the values of each call, in the places of their names', async () => {
    await store.transact(async (db) => {
      for (const key of ['k1', 'k2', 'k3']) await insertTag(db, tag(key, `of ${key}`))
      await insertTag(db, tag('k2', 'of another account', 'b'))
    })
    const select = async (above: string) => (await selectTags(store.read, { resource: 'arn', above })).rows
    expect(await select('k1')).toEqual([
      { key: 'k2', value: 'of k2' },
      { key: 'k3', value: 'of k3' },
    ])
    expect(await select('k2')).toEqual([{ key: 'k3', value: 'of k3' }])
    expect((await selectTags(store.read, { resource: 'other', above: '' })).rows).toEqual([])
  })

  it('tells how many rows were changed', async () => {
    const changed = await store.transact(async (db) => [
      (await insertTag(db, tag('k', 'first'))).numAffectedRows,
      (await insertTag(db, tag('k', 'second'))).numAffectedRows,
    ])
    expect(changed).toEqual([1n, 0n])
  })

  it('is built once for each connection', async () => {
    builds = 0
    const values = { resource: 'arn', above: '' }
    for (let run = 0; run < 3; run++) await selectTags(store.read, values)
    expect(builds).toBe(1)
    await store.transact((db) => selectTags(db, values))
    expect(builds).toBe(2)
  })

  it('sees the transaction that it runs in, and else only what is committed', async () => {
    const values = { resource: 'arn', above: '' }
    const seen = await store.transact(async (db) => {
      await insertTag(db, tag('k', 'v'))
      return [(await selectTags(db, values)).rows.length, (await selectTags(store.read, values)).rows.length]
    })
    expect(seen).toEqual([1, 0])
  })

  it('writes nothing through the connection for reading', async () => {
    await expect(insertTag(store.read, tag('k', 'v'))).rejects.toThrow('for reading only')
  })

  it('binds text as a value, whatever it looks like', async () => {
    const text = "'); drop table tags; --"
    await store.transact((db) => insertTag(db, tag('k', text)))
    expect((await selectTags(store.read, { resource: 'arn', above: '' })).rows).toEqual([
      { key: 'k', value: text },
    ])
  })

  it('runs on a Kysely that the store did not make', async () => {
    const queries: string[] = []
    const wrapped = new Proxy(store.read, {
      get(db, name) {
        if (name === 'executeQuery') queries.push('one')
        const member: unknown = Reflect.get(db, name)
        return typeof member === 'function' ? (member.bind(db) as unknown) : member
      },
    }) as Db
    expect((await selectTags(wrapped, { resource: 'arn', above: '' })).rows).toEqual([])
    expect(queries).toEqual(['one'])
  })
})

describe('tables of small rows', () => {
  it('are kept in one B-tree each', async () => {
    const withoutRowid = await sql<{ name: string }>`select name from pragma_table_list where wr = 1`.execute(
      store.read,
    )
    expect(withoutRowid.rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['things', 'thing_principals', 'iot_policy_attachments']),
    )
  })
})

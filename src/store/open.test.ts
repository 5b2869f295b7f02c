import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { lockDataDirectory, openStore } from './index.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-store-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = () => openStore(join(directory, 'muster.db'))
const message = (topic: string) => ({
  account_id: '000000000000',
  topic,
  payload: new Uint8Array(),
  qos: 0 as const,
  properties: null,
  modified_at: 0,
  expires_at: null,
})

describe('store', () => {
  it('runs WAL with full synchronisation and foreign keys', async () => {
    await using store = await open()
    const pragma = (name: string) =>
      store.transact(
        async (db) => Object.values((await sql`pragma ${sql.raw(name)}`.execute(db)).rows[0] as object)[0],
      )
    expect(await pragma('journal_mode')).toBe('wal')
    expect(await pragma('synchronous')).toBe(2)
    expect(await pragma('foreign_keys')).toBe(1)
  })

  it('refuses to write outside a transaction', async () => {
    await using store = await open()
    await expect(store.read.insertInto('retained_messages').values(message('1')).execute()).rejects.toThrow(
      'for reading only',
    )
  })

  it('shows readers nothing of a transaction that is still open', async () => {
    await using store = await open()
    const seen: number[] = []
    await store.transact(async (db) => {
      await db.insertInto('retained_messages').values(message('1')).execute()
      seen.push((await store.read.selectFrom('retained_messages').selectAll().execute()).length)
    })
    seen.push((await store.read.selectFrom('retained_messages').selectAll().execute()).length)
    expect(seen).toEqual([0, 1])
  })

  it('undoes a transaction that throws', async () => {
    await using store = await open()
    const failing = store.transact(async (db) => {
      await db.insertInto('retained_messages').values(message('1')).execute()
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await store.read.selectFrom('retained_messages').selectAll().execute()).toEqual([])
  })

  it('undoes a transaction that breaks a constraint and keeps its neighbour', async () => {
    await using store = await open()
    const insert = (id: string) =>
      store.transact((db) => db.insertInto('retained_messages').values(message(id)).execute())
    const outcomes = await Promise.allSettled([insert('1'), insert('1'), insert('2')])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('has after a reopen what was committed before', async () => {
    {
      await using store = await open()
      await store.transact((db) => db.insertInto('retained_messages').values(message('7')).execute())
    }
    await using store = await open()
    expect(await store.read.selectFrom('retained_messages').select('topic').execute()).toEqual([
      { topic: '7' },
    ])
  })
})

describe('data directory lock', () => {
  it('refuses a second server and names the directory', () => {
    using _lock = lockDataDirectory(directory)
    expect(() => lockDataDirectory(directory)).toThrow(
      `another Muster server is using the data directory ${directory}`,
    )
  })

  it('is free again once released', () => {
    lockDataDirectory(directory)[Symbol.dispose]()
    expect(() => lockDataDirectory(directory)[Symbol.dispose]()).not.toThrow()
  })
})

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
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
  it('runs WAL, waits for the disk itself, and keeps foreign keys', async () => {
    await using store = await open()
    const pragma = (name: string) =>
      store.transact(
        async (db) => Object.values((await sql`pragma ${sql.raw(name)}`.execute(db)).rows[0] as object)[0],
      )
    expect(await pragma('journal_mode')).toBe('wal')
    expect(await pragma('synchronous')).toBe(1)
    expect(await pragma('wal_autocheckpoint')).toBe(0)
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

describe('a database of a newer version', () => {
  async function upgrade(mark?: number): Promise<void> {
    await using store = await open()
    await store.transact(async (db) => {
      await sql`insert into kysely_migration (name, timestamp) values ('999-jobs', '')`.execute(db)
      if (mark !== undefined) await sql`pragma user_version = ${sql.raw(String(mark))}`.execute(db)
    })
  }

  it.each([
    [12_003_004, 'by Muster 12.3.4, and this is '],
    [undefined, 'by a newer build of Muster '],
  ])('is refused with the version that it needs (%s)', async (mark, words) => {
    await upgrade(mark)
    await expect(open()).rejects.toThrow(words)
    await expect(open()).rejects.toThrow('999-jobs; start that version or a newer one')
  })

  it('is left as it is', async () => {
    await upgrade(12_003_004)
    const before = readFileSync(join(directory, 'muster.db'))
    await expect(open()).rejects.toThrow('Muster 12.3.4')
    expect(readFileSync(join(directory, 'muster.db'))).toEqual(before)
  })

  it('says why when a step fails', async () => {
    {
      await using store = await open()
      await store.transact((db) => sql`delete from kysely_migration where name = '014-shadows'`.execute(db))
    }
    await expect(open()).rejects.toThrow(/could not be brought up to date: .+/)
  })
})

describe('data directory lock', () => {
  it('makes the directory and those above it, for its user alone', () => {
    const nested = join(directory, 'a', 'b')
    using _lock = lockDataDirectory(nested)
    expect(statSync(nested).mode & 0o777).toBe(0o700)
  })

  it('says what is wrong with a directory that cannot be made or written to', () => {
    writeFileSync(join(directory, 'file'), '')
    symlinkSync(join(directory, 'nowhere', 'else'), join(directory, 'dangling'))
    const places = [join(directory, 'file'), join(directory, 'file', 'below'), join(directory, 'dangling')]
    if (existsSync('/proc/self')) places.push('/proc/nowhere/x', '/proc/self')
    for (const place of places)
      expect(() => lockDataDirectory(place)).toThrow(
        `the data directory ${place} cannot be made or written to: `,
      )
  })

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

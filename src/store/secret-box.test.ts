import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Migrator } from 'kysely/migration'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDb } from './db.ts'
import { migrations } from './migrations/index.ts'
import { openStore } from './open.ts'
import { createSecretBox } from './secret-box.ts'
import { SqliteConnection, sqliteDialect } from './sqlite-dialect.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-test-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

describe('a secret', () => {
  const box = createSecretBox(randomBytes(32))
  const sealed = box.seal('s3cret', 'AKIA1')

  it('opens for its owner, and is sealed anew each time', () => {
    expect(box.open(sealed, 'AKIA1')).toBe('s3cret')
    expect(box.seal('s3cret', 'AKIA1')).not.toBe(sealed)
  })

  it.each([
    ['another owner', box, sealed, 'AKIA2'],
    ['another key', createSecretBox(randomBytes(32)), sealed, 'AKIA1'],
    ['a changed text', box, `${sealed.slice(0, -8)}AAAAAAA=`, 'AKIA1'],
    ['a shortened text', box, sealed.slice(0, 20), 'AKIA1'],
    ['what was never sealed', box, 'in-clear', 'AKIA1'],
  ])('does not open for %s', (_, with_, text, owner) => {
    expect(() => with_.open(text, owner)).toThrow(`the secret of ${owner} cannot be opened`)
  })
})

describe('the key beside a database', () => {
  const keyFile = () => join(directory, 'secrets.key')
  const open = () => openStore(join(directory, 'muster.db'))

  it('is made once, for the owner of the directory alone', async () => {
    await (await open())[Symbol.asyncDispose]()
    expect([statSync(keyFile()).mode & 0o777, statSync(keyFile()).size]).toEqual([0o600, 32])
    const key = readFileSync(keyFile())
    await (await open())[Symbol.asyncDispose]()
    expect(readFileSync(keyFile())).toEqual(key)
  })

  it('must be whole', async () => {
    writeFileSync(keyFile(), 'short')
    await expect(open()).rejects.toThrow('must hold 32 bytes, it holds 5')
  })

  it('seals what an earlier build kept in clear, and leaves no trace of it', async () => {
    await keepInClear('AKIAOLD', 'an/old+secret')
    await using store = await open()
    const row = await store.read.selectFrom('iam_access_keys').selectAll().executeTakeFirstOrThrow()
    expect(store.secrets.open(row.secret_access_key, 'AKIAOLD')).toBe('an/old+secret')
    for (const suffix of ['', '-wal'])
      expect(readFileSync(join(directory, `muster.db${suffix}`)).includes('an/old+secret')).toBe(false)
  })

  it('must be the one that the secrets were sealed with', async () => {
    await keepInClear('AKIAOLD', 'an/old+secret')
    await (await open())[Symbol.asyncDispose]()
    writeFileSync(keyFile(), randomBytes(32))
    await expect(open()).rejects.toThrow('secrets.key is not the key')
  })

  /** A database as it was before secrets were sealed. */
  async function keepInClear(id: string, secret: string): Promise<void> {
    using database = new DatabaseSync(join(directory, 'muster.db'))
    const connection = new SqliteConnection(database, { isForReading: false })
    const earlier = Object.entries(migrations).filter(([name]) => name < '022')
    const provider = { getMigrations: async () => Object.fromEntries(earlier) }
    const { error } = await new Migrator({
      db: createDb(() => connection, sqliteDialect),
      provider,
    }).migrateToLatest()
    expect(error).toBeUndefined()
    const columns = 'account_id, access_key_id, user_id, secret_access_key, status, created_at'
    const insert = `insert into iam_access_keys (${columns}) values ('1', ?, null, ?, 'Active', 0)`
    database.prepare(insert).run(id, secret)
  }
})

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogLostError, LogReader } from './log-reader.ts'

let directory: string
let database: DatabaseSync
let reader: LogReader
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-copies-'))
  database = new DatabaseSync(join(directory, 'db'))
  database.exec('pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table t (v blob)')
  reader = new LogReader(join(directory, 'db-wal'))
})
afterEach(() => {
  reader[Symbol.dispose]()
  database.close()
  rmSync(directory, { recursive: true })
})

const insert = (kilobytes = 1) => database.exec(`insert into t values (randomblob(${kilobytes * 1024}))`)
const checkpoint = () => database.exec('pragma wal_checkpoint(passive)')

describe('what is read of the write-ahead log', () => {
  it('is each change once', () => {
    expect(reader.read()).toMatchObject({ pageSize: 4096, databasePages: 2 })
    expect(reader.read()).toBeUndefined()
    insert()
    expect([...reader.read()!.pages.keys()]).toEqual([2])
    expect(reader.read()).toBeUndefined()
  })

  it('is the last content of a page, however many transactions wrote it', () => {
    reader.read()
    database.exec("create table words (word text); insert into words values ('first')")
    database.exec("update words set word = 'other'")
    const { pages } = reader.read()!
    const text = Buffer.concat([...pages.values()]).toString('latin1')
    expect(text).toContain('other')
    expect(text).not.toContain('first')
  })

  it('is nothing of a transaction that is not committed, even when the log has pages of it', () => {
    reader.read()
    database.exec('pragma cache_size = 2; begin')
    insert(400)
    expect(statSync(join(directory, 'db-wal')).size).toBeGreaterThan(200_000)
    expect(reader.read()).toBeUndefined()
    database.exec('rollback')
    expect(reader.read()).toBeUndefined()
    insert()
    expect(reader.read()!.databasePages).toBe(2)
  })

  it('is a transaction of more pages than are read at a time', () => {
    reader.read()
    insert(1000)
    const { pages, databasePages } = reader.read()!
    expect(pages.size).toBeGreaterThan(240)
    expect(databasePages).toBeGreaterThan(240)
  })

  it('goes on in the log that begins anew, when that was expected', () => {
    insert()
    reader.read()
    reader.expectNewLog()
    checkpoint()
    insert()
    expect(reader.read()!.pages.size).toBe(1)
    reader.expectSameLog()
    insert()
    expect(reader.read()!.pages.size).toBe(1)
  })
})

describe('the reader refuses to go on', () => {
  it('when the log began anew and nobody said so', () => {
    reader.read()
    checkpoint()
    insert()
    expect(() => reader.read()).toThrow(LogLostError)
  })

  it('when it began anew twice', () => {
    reader.read()
    reader.expectNewLog()
    for (let time = 0; time < 2; time++) {
      checkpoint()
      insert()
    }
    expect(() => reader.read()).toThrow('began anew before all of it was copied')
  })

  it('when it began anew later than it was to', () => {
    reader.read()
    reader.expectNewLog()
    reader.expectSameLog()
    checkpoint()
    insert()
    expect(() => reader.read()).toThrow(LogLostError)
  })
})

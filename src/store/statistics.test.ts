import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from './index.ts'

let directory: string
let file: string
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'muster-statistics-'))
  file = join(directory, 'muster.db')
  await (await openStore(file))[Symbol.asyncDispose]()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** What a connection that opens the file now knows. */
function read(sql: string): string[] {
  const database = new DatabaseSync(file)
  const rows = database.prepare(sql).all()
  database.close()
  return rows.map((row) => Object.values(row).join(' '))
}

function change(sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}

const allStatistics = 'select tbl, idx, stat from sqlite_stat1 order by tbl, idx'
/** Takes a key of the account alone, which is wrong, when SQLite knows no better. */
const certificatesOfThing = `explain query plan select principal, thing_principal_type from thing_principals
  where account_id = ? and thing_name = ? order by principal limit ?`

describe('statistics', () => {
  it('are there for every index of every table', () => {
    const without = `select t.name, i.name from pragma_table_list as t join pragma_index_list(t.name) as i
      where t.name not like 'sqlite_%'
        and iif(t.wr and i.origin = 'pk', t.name, i.name) not in (select idx from sqlite_stat1)`
    expect(read(without)).toEqual([])
  })

  it('make SQLite take the index that leads to one thing', () => {
    expect(read(certificatesOfThing).join()).toContain(
      'thing_principals_by_thing (account_id=? AND thing_name=?)',
    )
  })

  it('come into a data directory that has none', async () => {
    const before = read(allStatistics)
    change('drop table sqlite_stat1')
    expect(read(certificatesOfThing).join()).toContain('PRIMARY KEY (account_id=?)')
    await (await openStore(file))[Symbol.asyncDispose]()
    expect(read(allStatistics)).toEqual(before)
  })

  it('are put back where somebody has counted', async () => {
    const before = read(allStatistics)
    change("insert into tags values ('000000000000', 'arn', 'key', 'value'); analyze")
    expect(read(allStatistics)).not.toEqual(before)
    await (await openStore(file))[Symbol.asyncDispose]()
    expect(read(allStatistics)).toEqual(before)
  })

  it('are not written again where they are as they should be', async () => {
    const database = new DatabaseSync(file)
    const version = () => database.prepare('pragma data_version').get()
    const before = version()
    await (await openStore(file))[Symbol.asyncDispose]()
    expect(version()).toEqual(before)
    database.close()
  })

  it('are used by the store that has just made them', async () => {
    change('drop table sqlite_stat1')
    await using store = await openStore(file)
    const { rows } = await store.transact((db) => sql.raw<object>(certificatesOfThing).execute(db))
    expect(JSON.stringify(rows)).toContain('thing_principals_by_thing (account_id=? AND thing_name=?)')
  })
})

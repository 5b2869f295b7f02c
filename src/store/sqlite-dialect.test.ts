import { constants, DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { expect, it } from 'vitest'
import { SqliteConnection, sqliteDialect } from './sqlite-dialect.ts'

it('plans a query once, whatever its limit', async () => {
  const database = new DatabaseSync(':memory:')
  database.exec('create table numbers (number integer primary key)')
  database.exec('insert into numbers values (1), (2), (3)')
  let selects = 0
  database.setAuthorizer((action) => {
    if (action === constants.SQLITE_SELECT) selects += 1
    return constants.SQLITE_OK
  })
  const connection = new SqliteConnection(database, { isForReading: false })
  const db = new Kysely<{ numbers: { number: number } }>({ dialect: sqliteDialect(() => connection) })
  const read = async (limit: number) =>
    (await db.selectFrom('numbers').select('number').orderBy('number').limit(limit).execute()).length
  expect(await read(1)).toBe(1)
  const planned = selects
  expect([await read(2), await read(3), await read(1)]).toEqual([2, 3, 1])
  expect(selects).toBe(planned)
  database.close()
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/index.ts'
import { allowedQueries, fewOfOne } from './allowed.ts'
import { findFaults, readConditions, readUniqueKeys } from './plan-faults.ts'

let directory: string
let database: DatabaseSync
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'muster-plans-'))
  const file = join(directory, 'muster.db')
  await (await openStore(file))[Symbol.asyncDispose]()
  database = new DatabaseSync(file)
  database.exec('pragma foreign_keys = on')
})
afterAll(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

function faultsOf(sql: string): string[] {
  const steps = database.prepare(`explain query plan ${sql}`).all()
  return findFaults({
    sql,
    steps: steps.map(({ detail }) => String(detail)),
    uniqueKeys: readUniqueKeys(database),
    conditions: readConditions(database),
    fewOfOne,
  })
}

const ofAccount = '"account_id" = ?'

describe('a query', () => {
  it.each([
    ['of one thing', `select * from "things" where ${ofAccount} and "thing_name" = ?`],
    ['of some things', `select * from "things" where ${ofAccount} and "thing_name" in (?, ?)`],
    [
      'of a page',
      `select * from "things" where ${ofAccount} and "thing_name" > ? order by "thing_name" limit ?`,
    ],
    [
      'of the groups of a thing',
      `select * from "thing_group_members" where ${ofAccount} and "thing_name" = ?`,
    ],
    [
      'that puts something in',
      'insert into "shared_queues" ("account_id", "name", "session_id") values (?, ?, ?), (?, ?, ?)',
    ],
    [
      'of a page of an index that has no others',
      `select * from "certificates" where ${ofAccount} and "claim_template" is null order by "created_at" limit ?`,
    ],
    ['that deletes what it finds', 'delete from "retained_messages" where "expires_at" <= ?'],
    [
      'that deletes one thing and looks for its keys',
      `delete from "things" where ${ofAccount} and "thing_name" = ?`,
    ],
  ])('%s costs the same, however many others there are', (_, sql) => {
    expect(faultsOf(sql)).toEqual([])
  })

  it.each([
    [
      'that goes through a table',
      'select * from "things" where "thing_id" = ?',
      'goes through all rows: SCAN things',
    ],
    [
      'of all that an account has',
      `select * from "things" where ${ofAccount}`,
      'reads all that the account has of things',
    ],
    [
      'that looks for one among all of an account',
      `select * from "certificates" where ${ofAccount} and "status" = ?`,
      'reads all that the account has of certificates',
    ],
    [
      'of a page that leaves things out',
      `select * from "things" where ${ofAccount} and "version" = ? order by "thing_name" limit ?`,
      'reads what it then leaves out by version',
    ],
    [
      'of a page that leaves out what its index has',
      `select * from "things" where ${ofAccount} and "thing_type_name" is null order by "thing_name" limit ?`,
      'reads what it then leaves out by thing_type_name',
    ],
    [
      'of a page that is sorted first',
      `select * from "things" where ${ofAccount} and "thing_type_name" = ? order by "creation_date" limit ?`,
      'reads all to show a page: USE TEMP B-TREE FOR ORDER BY',
    ],
    [
      'without a limit',
      `select * from "things" where ${ofAccount} and "thing_type_name" = ?`,
      'reads whatever there is, without a limit',
    ],
    [
      'that counts',
      `select count(*) from "things" where ${ofAccount} and "thing_type_name" = ?`,
      'without a limit',
    ],
    [
      'that deletes some of an account',
      `delete from "things" where ${ofAccount} and "creation_date" < ?`,
      'reads all that the account has of things',
    ],
    [
      'of a page that is looked for from its beginning',
      `select * from "things" where ${ofAccount} and "thing_name" >= ? and "thing_name" > ? order by "thing_name" limit ?`,
      'has two bounds > for thing_name, of which an index uses one',
    ],
    [
      'of a page within all rows of another table',
      `select * from "things" where ${ofAccount} and "thing_name" in (select "thing_name" from "thing_principals" where ${ofAccount}) order by "thing_name" limit ?`,
      'makes a list of all that a query within it finds',
    ],
  ])('%s costs more the more there are', (_, sql, fault) => {
    const faults = faultsOf(sql)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.join('\n')).toContain(fault)
  })
})

it('is allowed to go through what is bounded, for a reason', () => {
  for (const { bound } of [...allowedQueries, ...fewOfOne]) expect(bound.length).toBeGreaterThan(10)
})

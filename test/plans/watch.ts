/**
 * Set up before each test file: every query that a store prepares is planned on the spot, and fails the test that made
 * it when its cost would grow with the rows that others add.
 */
import { DatabaseSync } from 'node:sqlite'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, inject } from 'vitest'
import { allowedQueries, fewOfOne } from './allowed.ts'
import { findFaults, readConditions, readUniqueKeys } from './plan-faults.ts'
import { callers, watchExecutions } from './callers.ts'
import { sitesReached, watchSites } from './sites.ts'

// oxlint-disable-next-line typescript/unbound-method -- is called with the database
const { prepare } = DatabaseSync.prototype
const known = new Set<string>()
let faults: string[] = []

DatabaseSync.prototype.prepare = function prepareAndPlan(sql, ...options) {
  const statement = prepare.call(this, sql, ...options)
  if (!known.has(sql) && isOfStore(sql)) {
    known.add(sql)
    judge(this, sql)
  }
  return statement
}
watchExecutions()
watchSites()

afterEach(() => {
  const found = faults
  faults = []
  if (found.length > 0) throw new Error(`queries that go through what grows:\n${found.join('\n')}`)
})

afterAll(() => {
  const directory = inject('queriesDirectory')
  if (directory === undefined) return
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, `${crypto.randomUUID()}.json`), JSON.stringify([...sitesReached]))
})

function isOfStore(sql: string): boolean {
  if (!/^(select|insert|replace|update|delete|with) /i.test(sql)) return false
  return !/\b(kysely_migration|sqlite_|pragma_)/.test(sql) && !isOfTest()
}

/** Tests look where they like; migrations see to all rows. */
function isOfTest(): boolean {
  const calls = callers()
  if (calls.some((call) => call.includes('/src/store/migrations/'))) return true
  const caller = calls.find(
    (call) => /\/(src|test)\//.test(call) && !/\/src\/store\/(?!.*\.test\.ts)|\/test\/plans\//.test(call),
  )
  return caller !== undefined && /\.test\.ts|\/testing\/|\/test\//.test(caller)
}

function judge(database: DatabaseSync, sql: string): void {
  if (allowedQueries.some(({ query }) => query.test(sql))) return
  const steps = prepare.call(database, `explain query plan ${sql}`).all()
  const plan = {
    sql,
    steps: steps.map(({ detail }) => String(detail)),
    uniqueKeys: readUniqueKeys(database),
    conditions: readConditions(database),
    fewOfOne,
  }
  for (const fault of findFaults(plan)) faults.push(`${fault}\n  ${sql}\n  ${plan.steps.join('\n  ')}`)
}

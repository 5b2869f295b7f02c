/** Plans every query that a store prepares, on the spot, and keeps what is wrong with it. */
import { DatabaseSync } from 'node:sqlite'
import { allowedQueries, fewOfOne } from './allowed.ts'
import { callers, watchExecutions } from './callers.ts'
import { findFaults, readConditions, readUniqueKeys } from './plan-faults.ts'
import { watchSites } from './sites.ts'

// oxlint-disable-next-line typescript/unbound-method -- is called with the database
const { prepare } = DatabaseSync.prototype
const known = new Set<string>()
let faults: string[] = []
let isWatching = false

/** Once in a process, also where several files of tests run in it one after the other. */
export function watchPlans(): void {
  if (isWatching) return
  isWatching = true
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
}

/** What was found since it was last asked. */
export function takeFaults(): string[] {
  const found = faults
  faults = []
  return found
}

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

/**
 * Says of a query whether its cost grows with the rows that others add, by SQLite's plan for it. What a plan says:
 * sqlite.org/eqp.html
 */
import type { DatabaseSync } from 'node:sqlite'

export interface QueryPlan {
  sql: string
  /** As `explain query plan` words them. */
  steps: string[]
  /** Of every unique index, by its name, and of every table, by its name, that of its primary key. */
  uniqueKeys: ReadonlyMap<string, readonly string[]>
  /** What rows of a partial index are alike in, as its definition says it, by the name of the index. */
  conditions?: ReadonlyMap<string, string>
  /** Of which few rows have the same values in those columns. */
  fewOfOne?: readonly { table: string; by: readonly string[] }[]
}

interface Search {
  table: string
  /** Of the index, or of the table for its primary key. */
  key: string
  equal: string[]
  ranges: string[]
}

/** What is wrong with the query, in words; empty when nothing is. */
export function findFaults({ sql, steps, uniqueKeys, conditions, fewOfOne = [] }: QueryPlan): string[] {
  const faults: string[] = []
  const searches: Search[] = []
  for (const step of steps) {
    const search = parseSearch(step, sql)
    if (search) searches.push(search)
    else if (step.startsWith('LIST SUBQUERY')) faults.push('makes a list of all that a query within it finds')
    else if (step.startsWith('SCAN ') && !/ CONSTANT ROW| VALUES CLAUSE$/.test(step))
      faults.push(`goes through all rows: ${step}`)
  }
  for (const { table, equal, ranges } of searches)
    if (equal.concat(ranges).some((term) => term.startsWith('ANY('))) faults.push(`skips through ${table}`)
  const isFew = ({ table, equal }: Search) =>
    fewOfOne.some((few) => few.table === table && few.by.every((column) => equal.includes(column)))
  const many = searches.filter((search) => !isUnique(search, uniqueKeys) && !isFew(search))
  if (many.length === 0 || /^(insert|replace)/i.test(sql)) return faults
  const met = searches.flatMap(({ key }) => conditions?.get(key) ?? [])
  return [...faults, ...findUnbounded(sql, steps, { searches, many, met })]
}

function findUnbounded(
  sql: string,
  steps: readonly string[],
  { searches, many, met }: { searches: readonly Search[]; many: readonly Search[]; met: readonly string[] },
): string[] {
  const faults: string[] = []
  const used = new Set(searches.flatMap(({ equal, ranges }) => [...equal, ...ranges]))
  const filters = filtersOf(sql, met).filter((column) => !used.has(column))
  const isPage = / limit /i.test(sql)
  const changes = /^(delete|update)/i.test(sql)
  for (const { table, equal } of many) {
    if (isPage || equal.some((column) => column !== 'account_id')) continue
    if (!/^delete/i.test(sql) || filters.length > 0) faults.push(`reads all that the account has of ${table}`)
  }
  if (!isPage && !changes) faults.push('reads whatever there is, without a limit')
  if (isPage || changes)
    if (filters.length > 0) faults.push(`reads what it then leaves out by ${filters.join(', ')}`)
  const sort = steps.find((step) => step.startsWith('USE TEMP B-TREE'))
  if (isPage && sort !== undefined) faults.push(`reads all to show a page: ${sort}`)
  for (const [, column, operator] of sql.matchAll(/"(\w+)" ([<>])=? \?(?=.*"\1" \2=? \?)/g))
    faults.push(`has two bounds ${operator} for ${column}, of which an index uses one`)
  return faults
}

function parseSearch(step: string, sql: string): Search | undefined {
  const [, name, index, terms] = /^SEARCH (\S+) USING (.+?) \((.+)\)(?: LEFT-JOIN)?$/.exec(step) ?? []
  if (name === undefined || index === undefined || terms === undefined) return undefined
  const table = new RegExp(`"(\\w+)" as "${name}"`).exec(sql)?.[1] ?? name
  const split = terms.split(' AND ')
  const equal = split
    .filter((term) => term.endsWith('=?') || term.startsWith('ANY('))
    .map((term) => term.replace('=?', ''))
  const ranges = split
    .filter((term) => !term.endsWith('=?') && !term.startsWith('ANY('))
    .flatMap((term) => term.match(/^\w+|(?<=\(|,)\w+/g) ?? [])
  return { table, key: / INDEX (\S+)$/.exec(` ${index}`)?.[1] ?? table, equal, ranges }
}

function isUnique({ key, equal }: Search, uniqueKeys: QueryPlan['uniqueKeys']): boolean {
  return equal[0] === 'rowid' || (uniqueKeys.get(key)?.every((column) => equal.includes(column)) ?? false)
}

/** The columns that a row must fit by, unless its index has only such rows. */
function filtersOf(sql: string, met: readonly string[]): string[] {
  const whole = sql.slice(Math.max(sql.search(/ where /i), 0))
  const where = met.reduce((rest, condition) => rest.replace(condition, 'true'), whole)
  const conditions = where.replace(/ (order|group) by .*$/i, '').matchAll(/"(\w+)" (?:[=<>!]=?|is|in|like) /g)
  return [...new Set([...conditions].map(([, column]) => column ?? ''))]
}

/** For `QueryPlan`. */
export function readUniqueKeys(database: DatabaseSync): Map<string, string[]> {
  const rows = database
    .prepare(
      `select t.name as "table", i.name, i.origin,
        (select group_concat(c.name) from pragma_index_info(i.name) as c) as columns
      from pragma_table_list as t join pragma_index_list(t.name) as i where i."unique" and not i.partial`,
    )
    .all() as { table: string; name: string; origin: string; columns: string }[]
  return new Map(
    rows.flatMap(({ table, name, origin, columns }): [string, string[]][] => [
      [name, columns.split(',')],
      ...(origin === 'pk' ? ([[table, columns.split(',')]] as [string, string[]][]) : []),
    ]),
  )
}

/** For `QueryPlan`: of every partial index that asks whether one column is null. */
export function readConditions(database: DatabaseSync): Map<string, string> {
  const rows = database
    .prepare("select name, sql from sqlite_schema where type = 'index' and sql like '% where %'")
    .all() as { name: string; sql: string }[]
  return new Map(
    rows.flatMap(({ name, sql }): [string, string][] => {
      const [, column, state] = / where "?(\w+)"? (is null|is not null)$/i.exec(sql) ?? []
      return column === undefined ? [] : [[name, `"${column}" ${state}`]]
    }),
  )
}

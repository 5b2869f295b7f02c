/**
 * One statement that does what a statement does for each of several lists of parameters. What is written row by row costs
 * a way to the database each, which is most of what PostgreSQL costs a server.
 */
import { jsonOf, toParameter } from './values.ts'

export type Parameters = readonly unknown[]

/** What came of one list of parameters. */
interface Answer {
  rows: object[]
  /** Absent of a `select`. */
  numAffectedRows?: bigint
}

/** A statement for many, run as any other. */
export interface ManyAtOnce {
  sql: string
  /** Lists of parameters that share a statement: each is of those with these places. */
  split: (rows: readonly object[], count: number) => Answer[]
}

/** What PostgreSQL knows of a statement. */
export interface StatementFacts {
  /** Of its parameters, by their places, e.g. `text`. */
  parameterTypes: readonly string[]
  /** Of the table that it inserts into; empty without one. */
  primaryKey: readonly string[]
}

interface Insert {
  table: string
  columns: string
  source: string
  conflict: string
}

const insertPattern =
  /^insert into "(?<table>\w+)" \((?<columns>[^)]*)\) (?<source>values \([^()]*\)|select .*?)(?<conflict> on conflict do nothing)?$/is

const sumPattern =
  /^insert into "(\w+)" \((?<columns>[^)]*)\) values \([$\d, ]*\) on conflict \([^)]*\) do update set "(?<summed>\w+)" = "\1"."\k<summed>" \+ "excluded"."\k<summed>"$/i

/** A text in it could look like a parameter, and what locks or answers with rows is not the same for many. */
const isLeftAlone = (sql: string): boolean => /'[^']*\$\d|\sfor (update|share)| returning /i.test(sql)

/** The table that a statement for many would insert into; undefined of what cannot be done for many. */
export function tableOf(sql: string): string | undefined {
  if (isLeftAlone(sql)) return undefined
  if (/^select /i.test(sql)) return ''
  return readInsert(sql)?.table
}

/** Undefined when rows that it inserts cannot be told apart. */
export function forMany(sql: string, { parameterTypes, primaryKey }: StatementFacts): ManyAtOnce | undefined {
  if (parameterTypes.length === 0) return undefined
  const insert = readInsert(sql)
  if (!insert) return selectForMany(sql, parameterTypes)
  const isKeyGiven = primaryKey.every((column) => insert.columns.includes(`"${column}"`))
  return primaryKey.length > 0 && isKeyGiven
    ? insertForMany(insert, { parameterTypes, primaryKey })
    : undefined
}

const readInsert = (sql: string): Insert | undefined => {
  const groups = insertPattern.exec(sql)?.groups
  return groups && ({ ...groups, conflict: groups['conflict'] ?? '' } as unknown as Insert)
}

/** Rows of a list of parameters stay together, in the order that the statement asks for. */
function selectForMany(sql: string, types: readonly string[]): ManyAtOnce {
  return {
    sql: `select batch.muster_at, answer.* from ${batchOf(types)} cross join lateral (select * from (${bound(sql)}) as one offset 0) as answer`,
    split(rows, count) {
      const answers = Array.from({ length: count }, (): Answer => ({ rows: [] }))
      for (const row of rows as { muster_at: number }[]) {
        const { muster_at: at, ...others } = row
        answers[at]?.rows.push(others)
      }
      return answers
    },
  }
}

/** Of equal rows the first is inserted, as if they came one after the other. */
function insertForMany(
  { table, columns, source, conflict }: Insert,
  { parameterTypes, primaryKey }: StatementFacts,
): ManyAtOnce {
  const key = primaryKey.map((column) => `"${column}"`).join(', ')
  const given = primaryKey.map((column) => `given."${column}"`).join(', ')
  const one = source.replace(/^values \((.*)\)$/is, 'select $1')
  return {
    sql: `with given as materialized (select batch.muster_at, one.* from ${batchOf(parameterTypes)} cross join lateral (${bound(one)}) as one(${columns})), done as (insert into "${table}" (${columns}) select ${columns} from given order by muster_at${conflict} returning ${key}), firsts as (select min(given.muster_at) as muster_at from given join done using (${key}) group by ${given}) select muster_at, count(*)::int as inserted from firsts group by muster_at`,
    split(rows, count) {
      const answers = Array.from({ length: count }, (): Answer => ({ rows: [], numAffectedRows: 0n }))
      for (const { muster_at: at, inserted } of rows as { muster_at: number; inserted: number }[])
        answers[at] = { rows: [], numAffectedRows: BigInt(inserted) }
      return answers
    },
  }
}

const bound = (sql: string): string => sql.replaceAll(/\$(\d+)/g, 'batch.p$1')

const batchOf = (types: readonly string[]): string =>
  `json_to_recordset($1) as batch(muster_at int, ${types.map((type, at) => `p${at + 1} ${type}`).join(', ')})`

/** The one parameter of a statement for many: JSON costs least to make. */
export const toBatch = (lists: readonly Parameters[]): string =>
  jsonOf(
    lists.map((parameters, muster_at) => {
      const row: Record<string, unknown> = { muster_at }
      for (let at = 0; at < parameters.length; at++) row[`p${at + 1}`] = toJson(parameters[at])
      return row
    }),
  )

function toJson(value: unknown): unknown {
  if (typeof value === 'string') return (toParameter(value) as string).toWellFormed()
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return `\\x${value.toHex()}`
  return value ?? null
}

/**
 * Of a statement that adds to a number, or begins it: lists that differ in nothing but what is added are one, with the sum.
 * Undefined of any other statement.
 */
export function sumUp(sql: string, lists: readonly Parameters[]): unknown[][] | undefined {
  const groups = sumPattern.exec(sql)?.groups
  if (!groups) return undefined
  const at = (groups['columns'] ?? '').split(', ').indexOf(`"${groups['summed']}"`)
  const sums = new Map<string, unknown[]>()
  for (const list of lists) {
    const key = JSON.stringify(list.toSpliced(at, 1))
    const sum = sums.get(key)
    if (sum) sum[at] = Number(sum[at]) + Number(list[at])
    else sums.set(key, [...list])
  }
  return [...sums.values()]
}

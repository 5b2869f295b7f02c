/** The database of a server behind its back, on whichever engine the tests run. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { toParameter } from '../../src/store/postgres/values.ts'
import { asOwner, testDatabase, testPostgres } from './postgres/databases.ts'

/** For commands that look into it, past the server. */
export async function databaseVariables(dataDir: string): Promise<Record<string, string>> {
  const server = testPostgres()
  return server === undefined ? {} : { MUSTER_DATABASE: await testDatabase(server, dataDir) }
}

/** Every row of every table but those whose names begin so; a line each table. */
export async function dumpTables(dataDir: string, except = 'kysely_'): Promise<string> {
  const lines: string[] = []
  await ask(dataDir, async (query) => {
    for (const { name } of await query(tablesQuery()))
      if (!String(name).startsWith(except))
        lines.push(`${String(name)} ${JSON.stringify(await query(`select * from "${String(name)}"`))}`)
  })
  return lines.join('\n')
}

/** All that is stored: of SQLite the files, with what is not used any more, of PostgreSQL every row. */
export async function storedText(dataDir: string): Promise<string> {
  if (testPostgres() !== undefined) return dumpTables(dataDir)
  const files = readdirSync(dataDir).filter((name) => name.startsWith('muster.db'))
  return files.map((name) => readFileSync(join(dataDir, name)).toString('latin1')).join()
}

/** As somebody would who has got hold of it. */
export async function changeStored(dataDir: string, statement: string): Promise<void> {
  await ask(dataDir, (query) => query(statement))
}

export interface Rows extends AsyncDisposable {
  /** All in which one of the texts is a value, by table. */
  with: (texts: readonly string[]) => Promise<string[]>
}

/** What was called and what became of it, a row or more for each call: nothing that a call is about. */
const isRecord = (table: string) => /^(audit|journal|metric)/.test(table)

/** Those of records aside. Prepared once: they are asked for thousands of times. */
export async function openRows(dataDir: string): Promise<Rows> {
  const server = testPostgres()
  return server === undefined
    ? openSqliteRows(dataDir)
    : openPostgresRows(await testDatabase(server, dataDir))
}

function openSqliteRows(dataDir: string): Rows {
  const database = new DatabaseSync(join(dataDir, 'muster.db'), { readOnly: true })
  const lookups = database
    .prepare(tablesQuery())
    .all()
    .filter(({ name }) => !isRecord(String(name)))
    .map(({ name }) => {
      const columns = database.prepare('select name from pragma_table_info(?)').all(name!)
      const isWanted = columns.map(
        (column) => `"${String(column['name'])}" in (select value from json_each(:texts))`,
      )
      const rows = database.prepare(`select * from "${String(name)}" where ${isWanted.join(' or ')}`)
      return { table: String(name), rows }
    })
  return {
    with: async (texts) =>
      lookups
        .flatMap(({ table, rows }) =>
          rows.all({ texts: JSON.stringify(texts) }).map((row) => `${table} ${JSON.stringify(row)}`),
        )
        .toSorted(),
    [Symbol.asyncDispose]: async () => database.close(),
  }
}

/** One statement for all tables. */
async function openPostgresRows(url: string): Promise<Rows> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows: columns } = await client.query<{ table: string; columns: string[] }>(
    `select table_name as table, array_agg(column_name::text) as columns from information_schema.columns
    where table_schema = 'public' group by table_name`,
  )
  const lookedThrough = columns.filter(({ table }) => !isRecord(table))
  const parts = lookedThrough.map(({ table, columns: names }) => {
    const isWanted = names.map((name) => `"${name}"::text = any($1)`).join(' or ')
    return `select '${table} ' || to_jsonb(one)::text as row from "${table}" as one where ${isWanted}`
  })
  const query = { name: 'rows', text: `${parts.join(' union all ')} order by 1` }
  return {
    async with(texts) {
      const { rows } = await client.query<{ row: string }>({ ...query, values: [texts.map(toParameter)] })
      return rows.map(({ row }) => row)
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

type Query = (sql: string) => Promise<Record<string, unknown>[]>

const tablesQuery = (): string =>
  testPostgres() === undefined
    ? "select name from sqlite_master where type = 'table' order by name"
    : "select tablename as name from pg_tables where schemaname = 'public' order by tablename"

async function ask(dataDir: string, work: (query: Query) => Promise<unknown>): Promise<void> {
  const server = testPostgres()
  if (server !== undefined) {
    const url = await testDatabase(server, dataDir)
    return asOwner(url, (client) => work(async (sql) => (await client.query(sql)).rows.map(withText)))
  }
  using database = new DatabaseSync(join(dataDir, 'muster.db'))
  await work(async (sql) => database.prepare(sql).all())
}

/** Bytes as the characters that they may be. */
const withText = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? value.toString('latin1') : value,
    ]),
  )

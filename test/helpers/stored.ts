/** The database of a server behind its back, on whichever engine the tests run. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
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

/** Databases of their own for tests that run on PostgreSQL (`MUSTER_TEST_STORE=postgres npm test`). */
import { createHash, randomUUID } from 'node:crypto'
import { Client } from 'pg'

/** The server that `global-setup.ts` started. */
export const postgresVariable = 'MUSTER_TEST_POSTGRES'

/** Undefined when tests run on SQLite. */
export const testPostgres = (): string | undefined => process.env[postgresVariable]

/** Has the schema of today; new databases are copies of it. */
export const templateDatabase = 'muster_template'

const databaseUrl = (server: string, name: string): string => server.replace(/[^/]*$/, name)

const nameOf = (of: string): string => `test_${createHash('sha256').update(of).digest('hex').slice(0, 24)}`

/** The URL of a database that nobody uses; the same one for the same `of`, which is made the first time. */
export async function testDatabase(server: string, of: string = randomUUID()): Promise<string> {
  const name = nameOf(of)
  await asOwner(server, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0)
      await client.query(`create database ${name} template ${templateDatabase} strategy file_copy`)
  })
  return databaseUrl(server, name)
}

/** Once nobody is connected to it. */
export const dropTestDatabase = (server: string, of: string): Promise<void> =>
  asOwner(server, (client) => client.query(`drop database ${nameOf(of)}`))

export async function asOwner(server: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** Starts PostgreSQL for a run of the tests on it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore } from '../../../src/store/index.ts'
import { asOwner, postgresVariable, templateDatabase } from './databases.ts'
import { startPostgres } from './server.ts'

export async function setup() {
  if (process.env['MUSTER_TEST_STORE'] !== 'postgres' || process.env[postgresVariable] !== undefined)
    return undefined
  const server = await startPostgres({ fsync: 'off', full_page_writes: 'off' })
  await asOwner(server.url, (client) => client.query(`create database ${templateDatabase}`))
  const keyDirectory = mkdtempSync(join(tmpdir(), 'muster-template-'))
  const store = await openPostgresStore(server.url.replace(/[^/]*$/, templateDatabase), { keyDirectory })
  await store[Symbol.asyncDispose]()
  rmSync(keyDirectory, { recursive: true })
  process.env[postgresVariable] = server.url
  return () => server[Symbol.asyncDispose]()
}

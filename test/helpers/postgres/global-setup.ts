/** Starts PostgreSQL for a run of the tests on it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore } from '../../../src/store/index.ts'
import { memoryDirectory } from '../memory-directory.ts'
import { asOwner, postgresVariable, templateDatabase } from './databases.ts'
import { startPostgres } from './server.ts'

/** Nothing that these tests ask about needs a disk, and each has databases of its own, which are gone soon. */
const withoutDisk = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
}

export async function setup() {
  if (process.env['MUSTER_TEST_STORE'] !== 'postgres' || process.env[postgresVariable] !== undefined)
    return undefined
  const server = await startPostgres(withoutDisk, memoryDirectory())
  await asOwner(server.url, (client) => client.query(`create database ${templateDatabase}`))
  const keyDirectory = mkdtempSync(join(tmpdir(), 'muster-template-'))
  const store = await openPostgresStore(server.url.replace(/[^/]*$/, templateDatabase), { keyDirectory })
  await store[Symbol.asyncDispose]()
  rmSync(keyDirectory, { recursive: true })
  process.env[postgresVariable] = server.url
  return () => server[Symbol.asyncDispose]()
}

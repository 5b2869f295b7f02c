import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgresStore, openStore, type Store } from '../../src/store/index.ts'
import { memoryDirectory } from './memory-directory.ts'
import { dropTestDatabase, testDatabase, testPostgres } from './postgres/databases.ts'

/** A database of its own, gone when it is disposed of. */
export async function openTestStore(): Promise<Store> {
  const directory = mkdtempSync(join(memoryDirectory(), 'muster-store-'))
  const server = testPostgres()
  if (server === undefined) await layEmptyStore(directory)
  const store = await openStoreIn(directory)
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      if (server !== undefined) await dropTestDatabase(server, directory)
      rmSync(directory, { recursive: true })
    },
  }
}

/** The database of a data directory, on whichever engine the tests run. */
export async function openStoreIn(directory: string): Promise<Store> {
  const server = testPostgres()
  if (server === undefined) return openStore(join(directory, databaseName))
  return openPostgresStore(await testDatabase(server, directory), { keyDirectory: directory, maxReaders: 1 })
}

const databaseName = 'muster.db'

let emptyStore: Promise<Map<string, Uint8Array>> | undefined

/** Copies the files of a store without rows: to take all steps of the schema anew takes most of the time of a test. */
async function layEmptyStore(directory: string): Promise<void> {
  emptyStore ??= readEmptyStore()
  for (const [name, bytes] of await emptyStore) writeFileSync(join(directory, name), bytes, { mode: 0o600 })
}

async function readEmptyStore(): Promise<Map<string, Uint8Array>> {
  const directory = mkdtempSync(join(memoryDirectory(), 'muster-store-'))
  await (await openStore(join(directory, databaseName)))[Symbol.asyncDispose]()
  const files = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))] as const)
  rmSync(directory, { recursive: true })
  return new Map(files)
}

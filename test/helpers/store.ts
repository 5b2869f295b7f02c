import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore, openStore, type Store } from '../../src/store/index.ts'
import { testDatabase, testPostgres } from './postgres/databases.ts'

/** A database of its own, gone when it is disposed of. */
export async function openTestStore(): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-store-'))
  const store = await openStoreIn(directory)
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true })
    },
  }
}

/** The database of a data directory, on whichever engine the tests run. */
export async function openStoreIn(directory: string): Promise<Store> {
  const server = testPostgres()
  if (server === undefined) return openStore(join(directory, 'muster.db'))
  return openPostgresStore(await testDatabase(server, directory), { keyDirectory: directory, maxReaders: 1 })
}

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgresStore, openStore, type Store } from '../../src/store/index.ts'
import { giveEmptyStore } from './first-start.ts'
import { memoryDirectory } from './memory-directory.ts'
import { dropTestDatabase, testDatabase, testPostgres } from './postgres/databases.ts'

/** A database of its own, gone when it is disposed of. */
export async function openTestStore(): Promise<Store> {
  const directory = mkdtempSync(join(memoryDirectory(), 'muster-store-'))
  const server = testPostgres()
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
  if (server !== undefined)
    return openPostgresStore(await testDatabase(server, directory), {
      keyDirectory: directory,
      maxReaders: 1,
    })
  giveEmptyStore(directory) // to take all steps of the schema anew takes most of the time of a test
  return openStore(join(directory, 'muster.db'))
}

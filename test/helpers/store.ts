import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '../../src/store/index.ts'

/** A database of its own, gone when it is disposed of. */
export async function openTestStore(): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-store-'))
  const store = await openStore(join(directory, 'muster.db'))
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true })
    },
  }
}

import type { Db } from './db.ts'
import type { Store } from './open.ts'

/** Carries what was found out past the end of a transaction that is undone. */
class Undone extends Error {
  override readonly name = 'Undone'
  readonly found: unknown

  constructor(found: unknown) {
    super('undone on purpose')
    this.found = found
  }
}

/**
 * Runs `work` as a transaction and takes back all that it changed: nobody else sees it, and it never reaches the disk.
 * Resolves with what `work` found out.
 * @throws what `work` throws
 */
export async function tryOut<T>(store: Pick<Store, 'transact'>, work: (db: Db) => Promise<T>): Promise<T> {
  try {
    return await store.transact<never>(async (db) => {
      throw new Undone(await work(db))
    })
  } catch (cause) {
    if (cause instanceof Undone) return cause.found as T
    throw cause
  }
}

import type { Change, Fabric } from './fabric.ts'

interface Committing<Db> {
  store: {
    transact: <T>(
      work: (db: Db) => Promise<T>,
      changes?: (value: T) => readonly Change[],
      apart?: readonly string[],
    ) => Promise<T>
  }
  fabric: Pick<Fabric, 'announce'>
}

/**
 * Runs `work` as one transaction and resolves with its value once it is durable and every cache has heard of what it
 * changed, on every node: who is answered finds the change in force. `apart` as of `Store.transact`.
 */
export async function commitChanges<Db, T>(
  { store, fabric }: Committing<Db>,
  changesOf: (value: T) => readonly Change[],
  work: (db: Db) => Promise<T>,
  apart?: readonly string[],
): Promise<T> {
  const value = await store.transact(work, changesOf, apart)
  await fabric.announce(...changesOf(value))
  return value
}

/** As `commitChanges`, of one thing of the kind. */
export type Commit<Db> = <T>(
  accountId: string,
  id: string,
  work: (db: Db) => Promise<T>,
  apart?: readonly string[],
) => Promise<T>

export const commitsOf =
  <Db>(parts: Committing<Db>, kind: Change['kind']): Commit<Db> =>
  (accountId, id, work, apart) =>
    commitChanges(parts, () => [{ accountId, kind, id }], work, apart)

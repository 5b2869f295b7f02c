/** Deployment packages as rows, where every node of a cluster finds them. */
import type { Db, Store } from '../../store/index.ts'
import { listAllCode } from '../registry/version-store.ts'
import type { CodeStore, SharedPackages } from './code-store.ts'

export function sharedPackages(store: Pick<Store, 'read' | 'transact'>): SharedPackages {
  return {
    save: (accountId, codeId, archive) =>
      store.transact((db) => insertPackage(db, { account_id: accountId, code_id: codeId, archive })),
    find: (accountId, codeId) => findPackage(store.read, accountId, codeId),
    remove: (accountId, codeId) => store.transact((db) => deletePackage(db, accountId, codeId)),
  }
}

/** Makes rows of the files that were kept while one server had the database. */
export async function sharePackages(
  store: Pick<Store, 'read' | 'transact'>,
  code: Pick<CodeStore, 'read'>,
): Promise<void> {
  for (const { accountId, codeId } of await listAllCode(store.read)) {
    const archive = await code.read(accountId, codeId)
    if (archive)
      await store.transact((db) => insertPackage(db, { account_id: accountId, code_id: codeId, archive }))
  }
}

/** Nothing, when it is there: packages never change. */
async function insertPackage(
  db: Db,
  row: { account_id: string; code_id: string; archive: Uint8Array },
): Promise<void> {
  await db
    .insertInto('function_packages')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function findPackage(db: Db, accountId: string, codeId: string): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('function_packages')
    .select('archive')
    .where('account_id', '=', accountId)
    .where('code_id', '=', codeId)
    .executeTakeFirst()
  return row?.archive
}

async function deletePackage(db: Db, accountId: string, codeId: string): Promise<void> {
  await db
    .deleteFrom('function_packages')
    .where('account_id', '=', accountId)
    .where('code_id', '=', codeId)
    .execute()
}

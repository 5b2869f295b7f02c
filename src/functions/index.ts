import type { Db } from '../store/index.ts'
import { findSupport, type Isolation } from './environments/sandbox.ts'
import { reserveUserIds } from './environments/user-ids.ts'
import { codeFile } from './code/code-store.ts'
import { listAllCode } from './registry/version-store.ts'

export { codePath } from './code/code-links.ts'
export { adoptEvents } from './invocations/event-store.ts'
export { createFunctions, type Functions } from './functions.ts'
export type { FunctionFailure } from './invocations/failure-record.ts'
export { lambdaOperations } from './operations.ts'
export { lambdaPermissions } from './permissions.ts'

/** The files below the directory of code that functions in this database need. */
export async function listCodeFiles(db: Db): Promise<string[]> {
  return (await listAllCode(db)).map(({ accountId, codeId }) => codeFile(accountId, codeId))
}

/** How functions would be kept apart on this machine; `directory` is an empty one, for trying. */
export async function findIsolation(directory: string): Promise<Isolation> {
  await using userIds = await reserveUserIds()
  const { isolation } = await findSupport({ hidden: [], scratchDirectory: directory, userId: userIds.first })
  return isolation
}

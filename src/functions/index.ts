import type { Db } from '../store/index.ts'
import { codeFile } from './code/code-store.ts'
import { listAllCode } from './registry/version-store.ts'

export { codePath } from './code/code-links.ts'
export { createFunctions, type Functions } from './functions.ts'
export type { FunctionFailure } from './invocations/failure-record.ts'
export { lambdaOperations } from './operations.ts'
export { lambdaPermissions } from './permissions.ts'

/** The files below the directory of code that functions in this database need. */
export async function listCodeFiles(db: Db): Promise<string[]> {
  return (await listAllCode(db)).map(({ accountId, codeId }) => codeFile(accountId, codeId))
}

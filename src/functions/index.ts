export { createFunctions, type Functions } from './functions.ts'
export type { FunctionFailure } from './invocations/failure-record.ts'
export { lambdaOperations } from './operations.ts'
export { lambdaPermissions } from './permissions.ts'

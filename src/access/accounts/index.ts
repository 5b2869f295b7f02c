export type { Account } from './account.ts'
export { openAccounts, type Accounts } from './accounts.ts'
export { closeAccount, createAccount, type ChangeDeps } from './change.ts'
export { organizationsOperations, organizationsPermissions } from './operations.ts'

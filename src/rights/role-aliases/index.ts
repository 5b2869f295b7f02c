export { createCredentialProvider } from './credential-provider.ts'
export { roleAliasesOperations } from './operations.ts'
export { roleAliasesPermissions } from './permissions.ts'
export { findRoleAlias } from './store.ts'

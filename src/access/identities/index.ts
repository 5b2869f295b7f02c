export {
  createServiceSession,
  type ServiceSession,
  type ServiceSessionRequest,
} from './credentials/service-session.ts'
export { createIdentities, type Identities, type ServiceRoleRequest } from './identities.ts'
export { iamOperations } from './iam-operations.ts'
export { createAccessRole, createRootKey } from './new-account.ts'
export { stsOperations } from './sts-operations.ts'
export { iamPermissions, stsPermissions } from './permissions.ts'

export {
  attachedPolicyNames,
  attachPolicy,
  countAttachedPolicies,
  detachAllPolicies,
  effectivePolicies,
} from './attachment-store.ts'
export { decideOnce } from './decide-once.ts'
export type { DeviceAuthorization } from './device-authorization.ts'
export {
  createDeviceAuthorizer,
  type AuthorizationRequest,
  type DeviceAuthorizer,
} from './device-authorizer.ts'
export { iotPoliciesOperations } from './operations.ts'
export { iotPoliciesPermissions } from './permissions.ts'
export { simulationRoute } from './simulation-route.ts'
export { createPolicy, findPolicy } from './store.ts'

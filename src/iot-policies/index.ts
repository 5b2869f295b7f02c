export {
  attachedPolicyNames,
  attachPolicy,
  countAttachedPolicies,
  detachAllPolicies,
  detachPolicy,
  effectivePolicies,
  type EffectivePolicy,
  type PolicyAttachment,
} from './attachment-store.ts'
export type { DeviceAuthorization } from './device-authorization.ts'
export {
  createDeviceAuthorizer,
  type AuthorizationRequest,
  type DeviceAuthorizer,
  type DeviceAuthorizerDeps,
} from './device-authorizer.ts'
export { policyArn, type IotPolicy } from './iot-policy.ts'
export { iotPoliciesOperations, type IotPoliciesDeps } from './operations.ts'
export { iotPoliciesPermissions } from './permissions.ts'
export { createPolicy, findPolicy, type NewPolicy } from './store.ts'

export { namesOf } from './apart.ts'
export { provisioningOperations } from './operations.ts'
export { failureDetails, pendingReason, successDetails, type RunFacts } from './outcome-details.ts'
export { provisioningPermissions } from './permissions.ts'
export { carryOut, type Provisioned } from './provisioning.ts'
export { changesOf, prepareRegistration, toCallerError, type Registration } from './register-thing.ts'
export {
  ProvisioningError,
  checkCertificate,
  overrideSteps,
  requiredSteps,
  toProvisioningError,
  type Step,
} from './steps.ts'

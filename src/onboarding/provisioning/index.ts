export { provisioningOperations } from './operations.ts'
export { provisioningPermissions } from './permissions.ts'
export { carryOut, type Provisioned } from './provisioning.ts'
export {
  checkSteps,
  findForbidden,
  overrideSteps,
  ProvisioningError,
  requiredSteps,
  type Authorize,
  type Step,
} from './steps.ts'

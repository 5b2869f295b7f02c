export { createOnboarding, type Onboarding } from './onboarding.ts'
export { onboardingOperations } from './operations.ts'
export { onboardingPermissions } from './permissions.ts'
export { findTemplate as findProvisioningTemplate } from './store.ts'

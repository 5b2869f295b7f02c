export { defaultAdmissionLimits, type AdmissionLimits } from './admission-limits.ts'
export { createOnboarding, type Onboarding } from './onboarding.ts'

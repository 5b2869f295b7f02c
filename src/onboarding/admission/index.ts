export { defaultAdmissionLimits, type AdmissionLimits } from './admission-limits.ts'
export { createOnboarding, type Onboarding } from './onboarding.ts'
export type { Rehearsal } from './rehearsal.ts'
export type { Replayed, Retried } from './retry.ts'

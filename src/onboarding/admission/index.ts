export { createOnboarding, type Onboarding } from './onboarding.ts'

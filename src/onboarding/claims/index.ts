export { defaultClaimLimits, type ClaimLimits } from './claim-limits.ts'
export { offerClaims } from './claims.ts'

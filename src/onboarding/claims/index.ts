export { defaultClaimLimits, type ClaimLimits } from './claim-limits.ts'
export { offerClaims } from './claims.ts'
export { claimsOperations } from './operations.ts'
export { claimsPermissions } from './permissions.ts'

/** Where a CA's revocation list comes from, and what holds while it cannot be had. */
const policies = ['soft', 'hard'] as const

/** `soft` lets devices in while nobody can tell whether they are revoked, `hard` keeps them out. */
export type RevocationPolicy = (typeof policies)[number]

export const revocationSourceOption = 'muster:crl'
export const revocationPolicyOption = 'muster:crl-policy'

export const revocationPolicies: readonly string[] = policies

/** Anything else counts as not set. */
export function toRevocationPolicy(value: string | undefined): RevocationPolicy | undefined {
  return policies.find((known) => known === value)
}

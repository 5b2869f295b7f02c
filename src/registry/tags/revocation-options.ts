/** Where a CA's revocation list comes from, and what holds while it cannot be had. */
import { isNeverAsked } from '../../lib/outbound/address-kind.ts'

const policies = ['soft', 'hard'] as const

/** `soft` lets devices in while nobody can tell whether they are revoked, `hard` keeps them out. */
export type RevocationPolicy = (typeof policies)[number]

export type RevocationSource =
  | { kind: 'url'; url: URL }
  /** Of a file in the directory that the operator keeps for revocation lists; never a path. */
  | { kind: 'file'; name: string }

export const revocationSourceOption = 'muster:crl'
export const revocationPolicyOption = 'muster:crl-policy'

export const revocationPolicies: readonly string[] = policies

/** Anything else counts as not set. */
export function toRevocationPolicy(value: string | undefined): RevocationPolicy | undefined {
  return policies.find((known) => known === value)
}

const fileName = /^[A-Za-z0-9_][A-Za-z0-9_.@+=-]*$/

/** `undefined` for what is neither an http(s) URL without credentials nor the bare name of a file. */
export function toRevocationSource(value: string): RevocationSource | undefined {
  if (fileName.test(value)) return { kind: 'file', name: value }
  const url = URL.parse(value)
  return url && isFetchable(url) ? { kind: 'url', url } : undefined
}

/**
 * Whether this server may ask there: tags are set over the API, by people who cannot reach all that the server can.
 * Addresses that are never asked are refused; what the operator has to list is seen when the list is looked for.
 */
export function isFetchable({ protocol, hostname, username, password }: URL): boolean {
  if (protocol !== 'http:' && protocol !== 'https:') return false
  return username === '' && password === '' && hostname !== '' && !isNeverAsked(hostname)
}

/** What a revocation list says of one certificate. */
import type { RevocationPolicy } from '../../registry/tags/index.ts'
import type { SerialSet } from './serial-set.ts'

/** Why a device is kept out; a code of the journal. */
export type RevocationRefusal = 'revoked-by-crl' | 'revocation-unknown'

/** A list that was verified. */
export interface ListInForce {
  serials: Pick<SerialSet, 'has' | 'size'>
  number: bigint | undefined
  thisUpdate: Date
  nextUpdate: Date | undefined
  /** Tells lists apart. */
  signature: Uint8Array
}

export type ListState = 'current' | 'expired' | 'missing'

export function stateOf(list: Pick<ListInForce, 'nextUpdate'> | undefined, now: Date): ListState {
  if (!list) return 'missing'
  return list.nextUpdate && now > list.nextUpdate ? 'expired' : 'current'
}

interface Question {
  list: Omit<ListInForce, 'signature'> | undefined
  policy: RevocationPolicy
  now: Date
}

/**
 * Pure. What an expired list revokes stays revoked; of the rest it tells nothing: then `hard` keeps out who comes. Who is
 * connected already stays until a list names it, so that a CA's web server that is down ends nobody's connection.
 */
export function decideStanding(
  { list, policy, now }: Question,
  certificate: { readonly serialNumber: string },
): RevocationRefusal | undefined {
  if (list?.serials.has(certificate.serialNumber)) return 'revoked-by-crl'
  return policy === 'hard' && stateOf(list, now) !== 'current' ? 'revocation-unknown' : undefined
}

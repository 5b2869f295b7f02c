import { verify, type KeyObject } from 'node:crypto'
import { findPublicKey, type Authorizer } from './authorizer.ts'

/** Kept as long as the authorizer is the same: reading a key takes longer than using it. */
const keysOf = new WeakMap<Authorizer, KeyObject[]>()

/**
 * Whether one of the authorizer's keys verifies the signature: RSASSA-PKCS1-v1_5 with SHA-256 over the UTF-8 of the
 * token, in base64. Source: AWS IoT Developer Guide, "Signing the token".
 */
export function isSignedBy(authorizer: Authorizer, token: string, signature: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(signature)) return false
  const bytes = Buffer.from(signature, 'base64')
  return publicKeys(authorizer).some((key) => verify('sha256', Buffer.from(token), key, bytes))
}

function publicKeys(authorizer: Authorizer): KeyObject[] {
  let keys = keysOf.get(authorizer)
  if (!keys) {
    keys = Object.values(authorizer.tokenSigningPublicKeys).flatMap((pem) => findPublicKey(pem) ?? [])
    keysOf.set(authorizer, keys)
  }
  return keys
}

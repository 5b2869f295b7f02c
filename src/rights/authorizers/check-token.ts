import type { Authorizer } from './authorizer.ts'
import { AuthorizerRefusal } from './refusal.ts'
import { isSignedBy } from './signature.ts'

export interface ShownToken {
  token?: string | undefined
  /** In base64. */
  signature?: string | undefined
}

/**
 * What the function is told of the token: whether its signature was verified. Without signing nothing is verified, and
 * the function is called for everybody.
 * @throws {AuthorizerRefusal} when the authorizer checks signatures and there is none that counts
 */
export function checkToken(authorizer: Authorizer, { token, signature }: ShownToken): boolean {
  const { authorizerName, signingDisabled, tokenKeyName } = authorizer
  if (signingDisabled) return false
  const details = { authorizer: authorizerName }
  if (token === undefined || token === '')
    throw new AuthorizerRefusal('authorizer-token-missing', {
      ...details,
      error: `there is no token under the key ${tokenKeyName}`,
    })
  if (signature === undefined || signature === '')
    throw new AuthorizerRefusal('authorizer-token-missing', {
      ...details,
      error: 'there is no x-amz-customauthorizer-signature',
    })
  if (isSignedBy(authorizer, token, signature)) return true
  throw new AuthorizerRefusal('authorizer-signature-invalid', {
    ...details,
    error: `no public key of the authorizer verifies the signature: ${Object.keys(authorizer.tokenSigningPublicKeys).join(', ')}`,
  })
}

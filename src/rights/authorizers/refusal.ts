import type { JournalCode } from '../../observability/journal/index.ts'

export type AuthorizerCode = Extract<JournalCode, `authorizer-${string}`>

/** Why nobody is let in; `details` hold no token, password, or signature. */
export class AuthorizerRefusal extends Error {
  override readonly name = 'AuthorizerRefusal'
  readonly code: AuthorizerCode
  readonly details: Readonly<Record<string, string>>

  constructor(code: AuthorizerCode, details: Readonly<Record<string, string>>) {
    super(details['error'] ?? code)
    this.code = code
    this.details = details
  }
}

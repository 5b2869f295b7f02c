import type { Authorizer } from './authorizer.ts'
import type { KnownAuthorizers } from './known-authorizers.ts'
import { AuthorizerRefusal } from './refusal.ts'

/** What tells which authorizer a client is for. */
export interface Choice {
  accountId: string
  /** By the client itself. */
  named?: string | undefined
  /** Of the configured domain that it asked for. */
  authorizerConfig?:
    | { defaultAuthorizerName?: string | undefined; allowAuthorizerOverride?: boolean | undefined }
    | undefined
}

/**
 * The one that the client names, else the one of its domain, else the account's default; `undefined` when there is none.
 * Source: AWS IoT Developer Guide, "Understanding the custom authentication workflow" (custom-authorizer.html).
 * @throws {AuthorizerRefusal} when its domain has another one and does not let clients choose
 */
export function chooseName(
  { accountId, named, authorizerConfig = {} }: Choice,
  known: Pick<KnownAuthorizers, 'defaultName'>,
): string | undefined {
  const { defaultAuthorizerName: ofDomain, allowAuthorizerOverride = false } = authorizerConfig
  if (named !== undefined && ofDomain !== undefined && named !== ofDomain && !allowAuthorizerOverride)
    throw new AuthorizerRefusal('authorizer-not-overridable', {
      authorizer: named,
      error: `the domain configuration has the authorizer ${ofDomain}, and allowAuthorizerOverride is false`,
    })
  return named ?? ofDomain ?? known.defaultName(accountId)
}

/** @throws {AuthorizerRefusal} when there is no such authorizer, or it is INACTIVE */
export function getActive(
  known: Pick<KnownAuthorizers, 'find'>,
  accountId: string,
  authorizerName: string,
): Authorizer {
  const authorizer = known.find(accountId, authorizerName)
  const details = { authorizer: authorizerName.slice(0, 128) }
  if (!authorizer)
    throw new AuthorizerRefusal('authorizer-not-found', {
      ...details,
      error: `there is no authorizer ${details.authorizer}`,
    })
  if (authorizer.status === 'ACTIVE') return authorizer
  throw new AuthorizerRefusal('authorizer-inactive', {
    ...details,
    error: `the authorizer ${details.authorizer} is INACTIVE`,
  })
}

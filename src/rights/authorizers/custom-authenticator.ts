/**
 * Lets clients in by custom authorizers: chooses one, checks the signature, asks its function.
 * Source: AWS IoT Developer Guide, "Understanding the custom authentication workflow" (custom-authorizer.html).
 */
import type { Log } from '../../lib/log.ts'
import type { AuthorizerAnswer } from './answer.ts'
import { askFunction, type AskDeps } from './ask-function.ts'
import type { Authorizer } from './authorizer.ts'
import { checkToken } from './check-token.ts'
import { chooseName, getActive, type Choice } from './choose-authorizer.ts'
import { CustomAuthorization, type CustomFacts } from './custom-authorization.ts'
import { authorizerEvent } from './event.ts'
import type { KnownAuthorizers } from './known-authorizers.ts'
import { namedAuthorizer, presentedSignature, presentedToken, type Presented } from './presented.ts'
import { AuthorizerRefusal, type AuthorizerCode } from './refusal.ts'

/** A client that comes. */
export interface CustomAuthRequest extends Presented, Pick<Choice, 'accountId' | 'authorizerConfig'> {
  /** A UUID, the same for all that one connection asks. */
  connectionId: string
  /** What it asked for by SNI. */
  serverName?: string | undefined
  /** Of the handshake, proven and ACTIVE, where its domain asks for both. */
  certificate?: CustomFacts['certificate']
}

type CustomAuthOutcome =
  | { action: 'refuse'; code: AuthorizerCode; details: Readonly<Record<string, string>> }
  | {
      action: 'accept'
      authorizerName: string
      principalId: string
      /** How long another request with the same credentials need not ask again; 0 where the authorizer caches nothing. */
      cacheSeconds: number
      disconnectAfterInSeconds: number
      /** The policies that the function returned, kept fresh until disposed of. */
      open: (
        facts: Pick<CustomFacts, 'protocol' | 'clientId' | 'sourceIp' | 'domainName'>,
      ) => CustomAuthorization
    }

/**
 * How much a client says to be for an authorizer: `named` one, `shown` a token or signature for the one that is the
 * default, or nothing, so that the `default` one is for whoever has no other proof.
 */
type Meaning = 'named' | 'shown' | 'default'

export interface CustomAuthenticator extends Disposable {
  /** Whether the account has any authorizer; without one nobody comes by custom authentication. */
  isOffered: (accountId: string) => boolean
  /** `undefined` when no authorizer is meant. */
  meaningOf: (request: Omit<CustomAuthRequest, 'connectionId'>) => Meaning | undefined
  authenticate: (request: CustomAuthRequest) => Promise<CustomAuthOutcome>
}

export interface CustomAuthenticatorDeps extends AskDeps {
  authorizers: KnownAuthorizers
  now: () => Date
  log: Pick<Log, 'error'>
}

export function createCustomAuthenticator(deps: CustomAuthenticatorDeps): CustomAuthenticator {
  const { authorizers } = deps
  const live = new LiveConnections(deps)
  return {
    isOffered: authorizers.hasAny,
    meaningOf: (request) => meaningOf(request, authorizers),
    async authenticate(request) {
      try {
        return toOutcome(await ask(deps, request), (asked, facts) => live.open({ request, asked, facts }))
      } catch (cause) {
        if (!(cause instanceof AuthorizerRefusal)) throw cause
        return { action: 'refuse', code: cause.code, details: cause.details }
      }
    },
    [Symbol.dispose]: () => live[Symbol.dispose](),
  }
}

type Facts = Pick<CustomFacts, 'protocol' | 'clientId' | 'sourceIp' | 'domainName'>

function toOutcome(
  asked: Asked,
  open: (asked: Asked, facts: Facts) => CustomAuthorization,
): CustomAuthOutcome {
  const { authorizerName, enableCachingForHttp } = asked.authorizer
  const { principalId, refreshAfterInSeconds, disconnectAfterInSeconds } = asked.answer
  return {
    action: 'accept',
    authorizerName,
    principalId,
    cacheSeconds: enableCachingForHttp ? refreshAfterInSeconds : 0,
    disconnectAfterInSeconds,
    open: (facts) => open(asked, facts),
  }
}

/** @throws {AuthorizerRefusal} */
async function ask(deps: CustomAuthenticatorDeps, request: CustomAuthRequest): Promise<Asked> {
  const { authorizers } = deps
  const { accountId, serverName, certificate, ...shown } = request
  const name = chooseName({ ...request, named: namedAuthorizer(request) }, authorizers)
  if (name === undefined)
    throw new AuthorizerRefusal('authorizer-not-found', {
      error: 'the client names no authorizer, and there is no default',
    })
  const authorizer = getActive(authorizers, accountId, name)
  const { tokenKeyName } = authorizer
  const token = tokenKeyName === undefined ? undefined : presentedToken(request, tokenKeyName)
  const signatureVerified = checkToken(authorizer, { token, signature: presentedSignature(request) })
  const event = authorizerEvent({ ...shown, tls: { serverName, certificate }, token, signatureVerified })
  const answer = await askFunction(deps, authorizer, event)
  getActive(authorizers, accountId, name) // it may have been made INACTIVE while the function ran
  return { authorizer, answer }
}

/** All open connections: when a change of their authorizer is answered, those that it does not keep have heard. */
class LiveConnections implements Disposable {
  readonly #deps: CustomAuthenticatorDeps
  readonly #live = new Set<CustomAuthorization>()
  readonly #changes: Disposable

  constructor(deps: CustomAuthenticatorDeps) {
    this.#deps = deps
    this.#changes = deps.authorizers.onChanged(() => {
      for (const one of this.#live) this.#loseInactive(one)
    })
  }

  open({
    request,
    asked,
    facts,
  }: {
    request: CustomAuthRequest
    asked: Asked
    facts: Facts
  }): CustomAuthorization {
    const { authorizerName } = asked.authorizer
    const { now, log } = this.#deps
    const { accountId, certificate } = request
    const all = { ...facts, accountId, authorizerName, certificate }
    const authorization: CustomAuthorization = new CustomAuthorization(all, asked.answer, {
      ask: async () => (await ask(this.#deps, request)).answer,
      now,
      onBug: (cause) => log.error({ err: cause }, 'a custom authorizer could not be asked again'),
      close: (closed) => this.#live.delete(closed),
    })
    this.#live.add(authorization)
    this.#loseInactive(authorization)
    return authorization
  }

  [Symbol.dispose](): void {
    this.#changes[Symbol.dispose]()
  }

  #loseInactive(authorization: CustomAuthorization): void {
    const { authorizers } = this.#deps
    try {
      getActive(authorizers, authorization.facts.accountId, authorization.facts.authorizerName)
    } catch (cause) {
      if (!(cause instanceof AuthorizerRefusal)) throw cause
      authorization.lose({ code: cause.code, details: cause.details })
    }
  }
}

interface Asked {
  authorizer: Authorizer
  answer: AuthorizerAnswer
}

function meaningOf(
  request: Omit<CustomAuthRequest, 'connectionId'>,
  authorizers: KnownAuthorizers,
): Meaning | undefined {
  if (namedAuthorizer(request) !== undefined) return 'named'
  const { accountId, authorizerConfig } = request
  const name = chooseName({ accountId, authorizerConfig }, authorizers)
  if (name === undefined) return undefined
  const { tokenKeyName } = authorizers.find(accountId, name) ?? {}
  const isShown =
    presentedSignature(request) !== undefined ||
    (tokenKeyName !== undefined && presentedToken(request, tokenKeyName) !== undefined)
  return isShown ? 'shown' : 'default'
}

/** What the signer of one open connection may do, decided at once and kept current. */
import type { Caller } from '../../../api/aws/caller.ts'
import type { Decision } from '../../policies/index.ts'
import type { Authorizer } from './authorizer.ts'
import type { IdentityPolicies } from './identity-policies.ts'

/** A connection that lasts, and who signed for it. */
export interface LiveCallerRequest {
  caller: Caller
  /** Absent for who signed in with a password: whoever opened the connection watches their session. */
  accessKeyId?: string
  /** Of temporary credentials: from then on nothing is allowed. */
  expiresAt?: Date
  clientId: string
  sourceIp: string
  /** The host name that the client asked for. */
  domainName?: string | undefined
  /** Whether the connection is over TLS. */
  isSecure: boolean
}

/** The policies of one connection, kept current until it is disposed of. */
export interface CallerAuthorization extends Disposable {
  /** Grows whenever an earlier decision may no longer hold. */
  readonly version: number
  /** False while a policy asks for the time: then no decision may be kept. */
  readonly canRemember: boolean
  /** `conditions` are condition keys of this request alone, e.g. `iot:ConnectAttributes`. */
  decide: (action: string, resource: string, conditions?: Record<string, string | string[]>) => Decision
  /** Calls after each growth of `version`; whoever announced the change waits for what the listener returns. */
  onChanged: (listener: () => Promise<void> | void) => Disposable
}

/** What changes while the connection is open. */
export interface CallerFacts {
  policies: IdentityPolicies | undefined
  /** False once what was signed with is deactivated or deleted. */
  isCredentialActive: boolean
}

export interface LiveCallerDeps {
  authorizer: Pick<Authorizer, 'decideBy' | 'dependsOnTime'>
  now: () => Date
  close: (caller: LiveCaller) => void
}

const nothingAllowed: Decision = { effect: 'implicit-deny', variables: {} }

/** Whoever watches the time of the connection has ended it by then; for anybody else the version grows. */
const graceMs = 1000

/** The longest that a timer can wait. */
const maxTimerMs = 2 ** 31 - 1

export class LiveCaller implements CallerAuthorization {
  readonly request: LiveCallerRequest
  readonly #deps: LiveCallerDeps
  readonly #listeners = new Set<() => Promise<void> | void>()
  readonly #expiry: NodeJS.Timeout | undefined
  readonly #conditions: Record<string, string>
  #facts: CallerFacts
  #canRemember: boolean
  #version = 0

  constructor(request: LiveCallerRequest, facts: CallerFacts, deps: LiveCallerDeps) {
    const { clientId, sourceIp, domainName, isSecure, expiresAt } = request
    this.request = request
    this.#deps = deps
    this.#facts = facts
    this.#canRemember = !deps.authorizer.dependsOnTime(facts.policies, request.caller)
    this.#conditions = {
      'iot:ClientId': clientId,
      'aws:SourceIp': sourceIp,
      'aws:SecureTransport': String(isSecure),
      ...(domainName !== undefined && { 'iot:DomainName': domainName }),
    }
    if (expiresAt) {
      const leftMs = Math.min(expiresAt.getTime() - deps.now().getTime() + graceMs, maxTimerMs)
      this.#expiry = setTimeout(() => void this.replace(this.#facts), leftMs).unref()
    }
  }

  get version(): number {
    return this.#version
  }

  get canRemember(): boolean {
    return this.#canRemember
  }

  decide(action: string, resource: string, conditions?: Record<string, string | string[]>): Decision {
    const { caller, expiresAt } = this.request
    const { policies, isCredentialActive } = this.#facts
    if (!isCredentialActive || (expiresAt && expiresAt <= this.#deps.now())) return nothingAllowed
    const all = conditions ? { ...conditions, ...this.#conditions } : this.#conditions
    return this.#deps.authorizer.decideBy(policies, caller, { action, resource, conditions: all }).decision
  }

  onChanged(listener: () => Promise<void> | void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Decides by other facts from now on; resolves when every listener has taken it in. */
  async replace(facts: CallerFacts): Promise<void> {
    this.#facts = facts
    this.#canRemember = !this.#deps.authorizer.dependsOnTime(facts.policies, this.request.caller)
    this.#version++
    await Promise.all([...this.#listeners].map(async (listener) => listener()))
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#expiry)
    this.#listeners.clear()
    this.#deps.close(this)
  }
}

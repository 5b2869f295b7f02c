/** What a client may do that a custom authorizer let in, until the function says otherwise or its time is over. */
import {
  deviceVariables,
  evaluatePolicies,
  isTimeDependent,
  type CompiledPolicy,
  type Decision,
  type DeviceFacts,
} from '../../access/policies/index.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { AuthorizerAnswer } from './answer.ts'
import { AuthorizerRefusal, type AuthorizerCode } from './refusal.ts'

/** Why the connection has to end. */
export interface Loss {
  code: AuthorizerCode
  details: Readonly<Record<string, string>>
}

/** Of the connection; none of it changes. */
export interface CustomFacts {
  /** Over HTTP nothing is refreshed or ended by time: each request asks anew, but for what is cached for a while. */
  protocol: 'mqtt' | 'http'
  accountId: string
  authorizerName: string
  clientId?: string | undefined
  sourceIp: string
  domainName?: string | undefined
  /** Of a client that had to show one beside. */
  certificate?: { certificateId: string; certificatePem: string } | undefined
}

export interface CustomAuthorizationDeps {
  /** Asks the function again. @throws {AuthorizerRefusal} */
  ask: () => Promise<AuthorizerAnswer>
  now: () => Date
  onBug: (cause: unknown) => void
  close: (closed: CustomAuthorization) => void
}

export class CustomAuthorization implements Disposable {
  readonly facts: CustomFacts
  readonly #deps: CustomAuthorizationDeps
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #listeners = new Set<() => Promise<void> | void>()
  readonly #variables: DeviceFacts
  #answer: AuthorizerAnswer
  #certificate: ParsedCertificate | undefined
  #tell: ((loss: Loss) => void) | undefined
  #loss: Loss | undefined
  #isClosed = false
  #canRemember: boolean
  #version = 0

  constructor(facts: CustomFacts, answer: AuthorizerAnswer, deps: CustomAuthorizationDeps) {
    this.facts = facts
    this.#answer = answer
    this.#canRemember = dependsOnNoTime(answer.policies)
    this.#deps = deps
    this.#variables = this.#describe()
    if (facts.protocol === 'http') return
    // AWS: what later answers say of it does not count
    this.#after(answer.disconnectAfterInSeconds, () => this.lose(this.#expiry()))
    this.#refreshLater()
  }

  get version(): number {
    return this.#version
  }

  /** False while a policy asks for the time. */
  get canRemember(): boolean {
    return this.#canRemember
  }

  decide(action: string, resource: string, conditions?: Record<string, string | string[]>): Decision {
    const facts = conditions ? { ...this.#variables, conditions } : this.#variables
    return evaluatePolicies(this.#answer.policies, { action, resource, lookup: deviceVariables(facts) })
  }

  onChanged(listener: () => Promise<void> | void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Calls once, now or later. */
  onLost(tell: (loss: Loss) => void): void {
    this.#tell = tell
    if (this.#loss) tell(this.#loss)
  }

  /** From now on nothing is allowed. */
  lose(loss: Loss): void {
    if (this.#isClosed || this.#loss) return
    this.#loss = loss
    this.#stopTimers()
    this.#take({ ...this.#answer, policies: [] })
    this.#tell?.(loss)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#stopTimers()
    this.#listeners.clear()
    this.#deps.close(this)
  }

  /** Asks the function again, and decides by what it says. */
  async refresh(): Promise<void> {
    try {
      const answer = await this.#deps.ask()
      if (this.#isClosed || this.#loss) return
      if (answer.principalId !== this.#answer.principalId) return this.lose(this.#otherPrincipal(answer))
      this.#take(answer)
      this.#refreshLater()
    } catch (cause) {
      if (cause instanceof AuthorizerRefusal)
        return this.lose({ code: cause.code, details: { ...cause.details, when: 'refresh' } })
      this.#deps.onBug(cause)
      this.lose({
        code: 'authorizer-function-failed',
        details: this.#about('the function could not be asked'),
      })
    }
  }

  #take(answer: AuthorizerAnswer): void {
    this.#answer = answer
    this.#canRemember = dependsOnNoTime(answer.policies)
    this.#version++
    for (const listener of this.#listeners) void listener()
  }

  #refreshLater(): void {
    this.#after(this.#answer.refreshAfterInSeconds, () => void this.refresh())
  }

  #after(seconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, seconds * 1000).unref()
    this.#timers.add(timer)
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #expiry(): Loss {
    const { disconnectAfterInSeconds } = this.#answer
    return {
      code: 'authorizer-expired',
      details: this.#about(`it was open for ${disconnectAfterInSeconds} seconds`),
    }
  }

  /** assumed: AWS does not say what becomes of a connection that would be another's. */
  #otherPrincipal({ principalId }: AuthorizerAnswer): Loss {
    const error = `principalId was ${this.#answer.principalId} when it connected, and is ${principalId} now`
    return { code: 'authorizer-answer-invalid', details: this.#about(error) }
  }

  #about = (error: string) => ({ authorizer: this.facts.authorizerName, error })

  /** assumed: thing policy variables have no value, as there is no principal that a thing is attached to. */
  #describe(): DeviceFacts {
    const { clientId, sourceIp, domainName, certificate } = this.facts
    return {
      ...(clientId !== undefined && clientId !== '' && { clientId }),
      sourceIp,
      ...(domainName !== undefined && { domainName }),
      ...(certificate && {
        certificateId: certificate.certificateId,
        certificate: () => (this.#certificate ??= parseCertificate(certificate.certificatePem)),
      }),
      now: this.#deps.now,
    }
  }
}

const dependsOnNoTime = (policies: readonly CompiledPolicy[]): boolean =>
  !policies.some(({ names }) => isTimeDependent(names))

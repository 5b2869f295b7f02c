import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import {
  deviceVariables,
  evaluatePolicies,
  isTimeDependent,
  type CompiledPolicy,
  type Decision,
  type DeviceFacts,
  type Lookup,
} from '../../access/policies/index.ts'
import type { UserProperties } from '../../fabric/in-process/index.ts'
import type { DeviceGrants } from './device-grants.ts'
import { userPropertiesOf } from './user-properties.ts'

/** The policies of one connection, kept current until it is disposed of. */
export interface DeviceAuthorization extends Disposable {
  /** The thing that the connection stands for now. */
  readonly thingName: string | undefined
  /** True when the certificate is attached to that thing alone. */
  readonly isThingExclusive: boolean
  /** What the client's messages are given beside their own. */
  readonly userProperties: UserProperties | undefined
  /** Grows whenever an earlier decision may no longer hold. */
  readonly version: number
  /** False while a policy asks for the time: then no decision may be kept. */
  readonly canRemember: boolean
  /** Decides at once; `conditions` are condition keys of this request alone, e.g. `iot:ConnectAttributes`. */
  decide: (action: string, resource: string, conditions?: Record<string, string | string[]>) => Decision
  /** Calls after each growth of `version`; the announcement of the change waits for what the listener returns. */
  onChanged: (listener: () => Promise<void> | void) => Disposable
}

export interface ConnectionFacts {
  clientId: string | undefined
  sourceIp: string
  domainName: string | undefined
  protocol: 'mqtt' | 'http'
  certificate: { certificateId: string; certificatePem: string }
  now: () => Date
}

/** An answer about connecting, with all it depends on that connections of one client may differ in. */
interface ConnectAnswer {
  /** It counts for these very grants, and not for a copy with other policies in it. */
  grants: DeviceGrants
  resource: string
  sourceIp: string
  domainName: string | undefined
  decision: Decision
}

/** What connections have in common that are the same client with the same certificate and protocol. */
export interface SharedGrants {
  grants: DeviceGrants
  /** The last one that does not depend on the time: a device that comes back asks the same again. */
  connectAnswer?: ConnectAnswer
}

/** Decisions kept a connection; more make it start anew. */
const maxRemembered = 64

/** A connection's view of its grants, which `device-authorizer.ts` replaces when they change. */
export class Session implements DeviceAuthorization {
  readonly #facts: ConnectionFacts
  readonly #close: () => void
  readonly #shared: SharedGrants
  #listeners: Set<() => Promise<void> | void> | undefined
  #grants: DeviceGrants
  #canRemember = true
  #userProperties: UserProperties | undefined
  // made when they are asked for: a device that comes back and is known asks for none
  #remembered: Map<string, Decision> | undefined
  #policies: readonly CompiledPolicy[] | undefined
  #lookup: Lookup | undefined
  #version = 0
  #certificate: ParsedCertificate | undefined

  constructor(shared: SharedGrants, facts: ConnectionFacts, close: () => void) {
    this.#facts = facts
    this.#close = close
    this.#shared = shared
    this.#grants = shared.grants
    this.#take(shared.grants)
  }

  get thingName(): string | undefined {
    return this.#grants.thing?.thingName
  }

  get isThingExclusive(): boolean {
    return this.#grants.isThingExclusive ?? false
  }

  get userProperties(): UserProperties | undefined {
    return this.#userProperties
  }

  get version(): number {
    return this.#version
  }

  get canRemember(): boolean {
    return this.#canRemember
  }

  decide(action: string, resource: string, conditions?: Record<string, string | string[]>): Decision {
    if (conditions || !this.#canRemember) return this.#evaluate(action, resource, conditions)
    if (action === 'iot:Connect') return this.#decideConnect(resource)
    const remembered = (this.#remembered ??= new Map())
    const key = `${action} ${resource}`
    const known = remembered.get(key)
    if (known) return known
    const decision = this.#evaluate(action, resource)
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(key, decision)
    return decision
  }

  #evaluate(action: string, resource: string, conditions?: Record<string, string | string[]>): Decision {
    const lookup = conditions
      ? deviceVariables({ ...this.#describe(), conditions })
      : (this.#lookup ??= deviceVariables(this.#describe()))
    const policies = (this.#policies ??= this.#grants.granted.map(({ policy }) => policy))
    return evaluatePolicies(policies, { action, resource, lookup })
  }

  /** What another connection of the same client was told counts, if it came from the same place. */
  #decideConnect(resource: string): Decision {
    const known = this.#shared.connectAnswer
    const { sourceIp, domainName } = this.#facts
    const isSame =
      known?.grants === this.#grants &&
      known.resource === resource &&
      known.sourceIp === sourceIp &&
      known.domainName === domainName
    if (isSame) return known.decision
    const decision = this.#evaluate('iot:Connect', resource)
    this.#shared.connectAnswer = { grants: this.#grants, resource, sourceIp, domainName, decision }
    return decision
  }

  onChanged(listener: () => Promise<void> | void): Disposable {
    const listeners = (this.#listeners ??= new Set())
    listeners.add(listener)
    return { [Symbol.dispose]: () => void listeners.delete(listener) }
  }

  /** Decides by other grants from now on; what the listeners have to do about it is put into `pending`. */
  replace(grants: DeviceGrants, pending: Set<Promise<void>>): void {
    this.#take(grants)
    this.#version++
    for (const listener of this.#listeners ?? []) {
      const told = listener()
      if (told) pending.add(told)
    }
  }

  [Symbol.dispose](): void {
    this.#listeners = undefined
    this.#close()
  }

  #take(grants: DeviceGrants): void {
    this.#grants = grants
    this.#canRemember = !grants.granted.some(({ policy }) => isTimeDependent(policy.names))
    this.#policies = this.#lookup = this.#remembered = undefined
    const { enrichments, thing } = grants
    const { clientId } = this.#facts
    this.#userProperties = enrichments && userPropertiesOf(enrichments, { thing, clientId })
  }

  #describe(): DeviceFacts {
    const { clientId, sourceIp, domainName, protocol, certificate, now } = this.#facts
    const { thing } = this.#grants
    return {
      ...(clientId !== undefined && { clientId }),
      sourceIp,
      ...(domainName !== undefined && { domainName }),
      certificateId: certificate.certificateId,
      certificate: () => (this.#certificate ??= parseCertificate(certificate.certificatePem)),
      ...(thing && { thing }),
      ...(protocol === 'mqtt' && { isAttached: thing !== undefined }),
      now,
    }
  }
}

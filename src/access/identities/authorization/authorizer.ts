/**
 * What a caller may do: its identity's policies, bounded by the permissions boundary and narrowed by the session
 * policy (IAM User Guide, "Policy evaluation logic").
 */
import type { Caller } from '../../../api/aws/caller.ts'
import { iotError } from '../../../api/aws/errors.ts'
import {
  evaluatePolicies,
  isTimeDependent,
  type CompiledPolicy,
  type Decision,
  type Lookup,
} from '../../policies/index.ts'
import type { Db } from '../../../store/index.ts'
import { identityIdOf } from '../credentials/callers.ts'
import { callerLookup, type Conditions } from './caller-conditions.ts'
import { ChangeCache } from './change-cache.ts'
import { compileIdentityDocument, loadIdentityPolicies, type IdentityPolicies } from './identity-policies.ts'

export interface AuthorizationRequest {
  /** `<service prefix>:<operation>` */
  action: string
  /** ARN or `*`. */
  resource: string
  conditions?: Conditions
}

/** What a layer of policies is called when it refuses, in AWS's words. */
type LayerName = 'session policy' | 'permissions boundary' | 'identity-based policy'

/** The layer that refused, or `identity-based policy` when all allow. */
interface LayeredDecision {
  layer: LayerName
  decision: Decision
}

const maxCachedIdentities = 1000
const maxCachedSessionPolicies = 1000

export class Authorizer {
  readonly #db: Db
  readonly #now: () => Date
  readonly #identities = new ChangeCache<IdentityPolicies>(maxCachedIdentities)
  readonly #sessionPolicies = new Map<string, CompiledPolicy>()
  readonly #rootPolicies = [
    compileIdentityDocument(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
      'root',
    ),
  ]

  constructor(db: Db, now: () => Date) {
    this.#db = db
    this.#now = now
  }

  /** A caller whose user or role is gone is allowed nothing. */
  async decide(caller: Caller, request: AuthorizationRequest): Promise<LayeredDecision> {
    return this.decideBy(await this.findPolicies(caller), caller, request)
  }

  /** Decides at once, by policies that were found before. */
  decideBy(
    policies: IdentityPolicies | undefined,
    caller: Caller,
    request: AuthorizationRequest,
  ): LayeredDecision {
    const { action, resource, conditions } = request
    const lookup = callerLookup({ caller, policies, conditions, now: this.#now })
    let denial: LayeredDecision | undefined
    let last: LayeredDecision | undefined
    for (const { layer, granted } of this.#layersOf(caller, policies)) {
      last = { layer, decision: evaluatePolicies(granted, { action, resource, lookup }) }
      if (last.decision.effect === 'explicit-deny') return last
      if (last.decision.effect === 'implicit-deny') denial ??= last
    }
    const outcome = denial ?? last
    if (!outcome) throw new Error('a caller has at least one layer of policies')
    return outcome
  }

  /** @throws {AwsError} `AccessDeniedException` naming caller, action, resource, and the kind of policy at fault */
  async authorize(caller: Caller, request: AuthorizationRequest): Promise<void> {
    this.authorizeBy(await this.findPolicies(caller), caller, request)
  }

  /** As `authorize`, at once, by policies that were found before. */
  authorizeBy(policies: IdentityPolicies | undefined, caller: Caller, request: AuthorizationRequest): void {
    const { layer, decision } = this.decideBy(policies, caller, request)
    if (decision.effect === 'allow') return
    const { action, resource } = request
    const reason =
      decision.effect === 'explicit-deny'
        ? `with an explicit deny in ${withArticle(layer)}`
        : `because no ${layer} allows the ${action} action`
    throw iotError(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
    )
  }

  /** What a role's trust policy may ask about the caller, and the ARN of the user or role behind it. */
  async describeCaller(
    caller: Caller,
    conditions: Conditions,
  ): Promise<{ lookup: Lookup; identityArn: string | undefined }> {
    const policies = await this.findPolicies(caller)
    return {
      lookup: callerLookup({ caller, policies, conditions, now: this.#now }),
      identityArn: policies?.identity.arn,
    }
  }

  /** Forgets what was loaded: something was changed. */
  clear(): void {
    this.#identities.clear()
  }

  /** True when a decision about the caller may be another one later, though nothing was changed. */
  dependsOnTime(policies: IdentityPolicies | undefined, caller: Caller): boolean {
    const layers = this.#layersOf(caller, policies)
    return layers.some(({ granted }) => granted.some(({ names }) => isTimeDependent(names)))
  }

  /** From memory until something is changed; `undefined` for root, and when the user or role is gone. */
  async findPolicies(caller: Caller): Promise<IdentityPolicies | undefined> {
    const identityId = identityIdOf(caller)
    if (identityId === undefined) return undefined
    const { accountId } = caller
    return await this.#identities.get(
      `${accountId} ${identityId}`,
      async () => await loadIdentityPolicies(this.#db, accountId, identityId),
    )
  }

  /** The identity's own last: when that layer alone refuses, a resource's policy may still grant. */
  #layersOf(
    caller: Caller,
    policies: IdentityPolicies | undefined,
  ): { layer: LayerName; granted: readonly CompiledPolicy[] }[] {
    const layers: { layer: LayerName; granted: readonly CompiledPolicy[] }[] = []
    if (caller.sessionPolicy !== undefined)
      layers.push({ layer: 'session policy', granted: [this.#compileSessionPolicy(caller.sessionPolicy)] })
    if (policies?.boundary) layers.push({ layer: 'permissions boundary', granted: policies.boundary })
    const own = caller.kind === 'root' ? this.#rootPolicies : (policies?.granted ?? [])
    layers.push({ layer: 'identity-based policy', granted: own })
    return layers
  }

  #compileSessionPolicy(document: string): CompiledPolicy {
    const present = this.#sessionPolicies.get(document)
    if (present) return present
    if (this.#sessionPolicies.size >= maxCachedSessionPolicies) this.#sessionPolicies.clear()
    const compiled = compileIdentityDocument(document, 'session policy')
    this.#sessionPolicies.set(document, compiled)
    return compiled
  }
}

function withArticle(layer: LayerName): string {
  return layer === 'identity-based policy' ? `an ${layer}` : `a ${layer}`
}

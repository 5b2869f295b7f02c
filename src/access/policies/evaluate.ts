/**
 * Decides a request by policies: an explicit Deny first, then any Allow, and without one the request is denied.
 * Source: IAM User Guide, "Policy evaluation logic".
 */
import type { CompiledPolicy, CompiledStatement } from './compile.ts'
import type { Lookup } from './document.ts'
import { namesPrincipal, type RequestPrincipal } from './principal.ts'
import { renderText } from './template-text.ts'

export interface PolicyRequest {
  /** E.g. `iot:Publish`. */
  action: string
  /** ARN, or `*` for an operation that has no resource. */
  resource: string
  /** For trust policies. */
  principal?: RequestPrincipal
  /** Values of variables and condition keys. */
  lookup: Lookup
}

export interface Decision {
  effect: 'allow' | 'explicit-deny' | 'implicit-deny'
  /** The statement that decided; absent for an implicit deny, which no statement decides. */
  policyName?: string
  /** Its index in the document. */
  statement?: number
  sid?: string
  /**
   * What the deciding statement, or the nearest miss, asked for: by the name of each variable and condition key
   * its value, several joined by commas. One without a value is left out.
   */
  variables: Readonly<Record<string, string>>
  /** For an implicit deny: the Allow statement that came nearest to granting the request. */
  nearestMiss?: NearestMiss
}

interface NearestMiss {
  policyName: string
  statement: number
  sid?: string
  /** What did not fit. A statement missed by `resource` grants the action, one missed by `condition` both. */
  failed: 'principal' | 'action' | 'resource' | 'condition'
  /** The patterns or the condition that did not fit, variables replaced where they have a value. */
  wanted: readonly string[]
}

/** Pure, and the same for the same arguments as long as `lookup` is. */
export function evaluatePolicies(policies: readonly CompiledPolicy[], request: PolicyRequest): Decision {
  const action = request.action.toLowerCase()
  let allowed: { policy: CompiledPolicy; index: number } | undefined
  for (const policy of policies)
    for (const [index, statement] of policy.statements.entries()) {
      if (allowed && statement.effect === 'Allow') continue
      if (findMisfit(statement, request, action) !== undefined) continue
      if (statement.effect === 'Deny') return decided('explicit-deny', { policy, index }, request)
      allowed = { policy, index }
    }
  return allowed ? decided('allow', allowed, request) : implicitDeny(policies, request, action)
}

export interface MatchingStatement {
  policy: CompiledPolicy
  /** Of the statement in the document. */
  index: number
  effect: 'Allow' | 'Deny'
}

/** Every statement that applies to the request, in the order of the policies. `evaluatePolicies` decides by the same. */
export function matchingStatements(
  policies: readonly CompiledPolicy[],
  request: PolicyRequest,
): MatchingStatement[] {
  const action = request.action.toLowerCase()
  return policies.flatMap((policy) =>
    [...policy.statements.entries()]
      .filter(([, statement]) => findMisfit(statement, request, action) === undefined)
      .map(([index, { effect }]) => ({ policy, index, effect })),
  )
}

/** What the statement and the request disagree on first; `undefined` when the statement applies. */
function findMisfit(
  statement: CompiledStatement,
  { resource, principal, lookup }: PolicyRequest,
  action: string,
): NearestMiss['failed'] | undefined {
  if (!statement.matchesAction(action)) return 'action'
  if (statement.principal && !namesPrincipal(statement.principal, principal)) return 'principal'
  if (!statement.matchesResource(resource, lookup)) return 'resource'
  return statement.conditions.every(({ holds }) => holds(lookup)) ? undefined : 'condition'
}

function decided(
  effect: Decision['effect'],
  { policy, index }: { policy: CompiledPolicy; index: number },
  { lookup }: PolicyRequest,
): Decision {
  const statement = policy.statements[index]
  return {
    effect,
    policyName: policy.name,
    statement: index,
    ...(statement?.sid !== undefined && { sid: statement.sid }),
    variables: valuesOf(statement, lookup),
  }
}

/** The further a statement got, the nearer it came. */
const nearness = { action: 0, principal: 1, resource: 2, condition: 3 }

function implicitDeny(policies: readonly CompiledPolicy[], request: PolicyRequest, action: string): Decision {
  let nearest: { policy: CompiledPolicy; index: number; failed: NearestMiss['failed'] } | undefined
  for (const policy of policies)
    for (const [index, statement] of policy.statements.entries()) {
      if (statement.effect === 'Deny') continue
      const failed = findMisfit(statement, request, action)
      if (failed === undefined || (nearest && nearness[failed] <= nearness[nearest.failed])) continue
      nearest = { policy, index, failed }
    }
  const statement = nearest?.policy.statements[nearest.index]
  if (!nearest || !statement) return { effect: 'implicit-deny', variables: noVariables }
  return {
    effect: 'implicit-deny',
    variables: valuesOf(statement, request.lookup),
    nearestMiss: {
      policyName: nearest.policy.name,
      statement: nearest.index,
      ...(statement.sid !== undefined && { sid: statement.sid }),
      failed: nearest.failed,
      wanted: wantedBy(statement, nearest.failed, request.lookup),
    },
  }
}

function wantedBy(statement: CompiledStatement, failed: NearestMiss['failed'], lookup: Lookup): string[] {
  if (failed === 'action') {
    const { isNegated, patterns } = statement.actions
    return patterns.map((pattern) => (isNegated ? `anything but ${pattern}` : pattern))
  }
  if (failed === 'principal') {
    const { isNegated, principals } = statement.principal ?? { isNegated: false, principals: [] }
    return principals.map(({ value }) => (isNegated ? `anybody but ${value}` : value))
  }
  if (failed === 'resource')
    return statement.resources.map(({ parts }) => {
      const text = renderText(parts, lookup)
      return statement.isNotResource ? `anything but ${text}` : text
    })
  const condition = statement.conditions.find(({ holds }) => !holds(lookup))
  if (!condition) return []
  const values = condition.values.map((parts) => renderText(parts, lookup))
  return [`${condition.operator} ${condition.key}: ${values.join(', ')}`]
}

/** Names of variables and condition keys that statements about the action ask for. */
export function askedNames(
  policies: readonly CompiledPolicy[],
  request: Pick<PolicyRequest, 'action'>,
): string[] {
  const action = request.action.toLowerCase()
  const names = policies.flatMap(({ statements }) =>
    statements.filter(({ matchesAction }) => matchesAction(action)).flatMap((statement) => statement.names),
  )
  return [...new Set(names)].toSorted()
}

/** Those of `askedNames` that have no value. */
export function missingValues(policies: readonly CompiledPolicy[], request: PolicyRequest): string[] {
  return askedNames(policies, request).filter((name) => request.lookup(name) === undefined)
}

const noVariables: Readonly<Record<string, string>> = Object.freeze(Object.create(null))

function valuesOf(statement: CompiledStatement | undefined, lookup: Lookup): Decision['variables'] {
  if (!statement || statement.names.length === 0) return noVariables
  const values: Record<string, string> = Object.create(null)
  for (const name of statement.names) {
    const value = lookup(name)
    if (value !== undefined) values[name] = typeof value === 'string' ? value : value.join(',')
  }
  return values
}

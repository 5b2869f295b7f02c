/**
 * What policies say about requests that nobody makes, as the simulator of IAM tells it. The decision is that of a real
 * call: the same statements, bounded by the permissions boundary.
 * Source: IAM API Reference, "EvaluationResult" and "ResourceSpecificResult".
 */
import type * as Iam from '@aws-sdk/client-iam'
import {
  matchingStatements,
  missingValues,
  type CompiledPolicy,
  type Lookup,
  type MatchingStatement,
} from '../../policies/index.ts'
import type { Span } from './statement-positions.ts'

export interface SimulatedPolicy {
  /** `SourcePolicyId` of its statements. */
  id: string
  compiled: CompiledPolicy
  /** Of its statements, by index. */
  spans: readonly Span[]
}

export interface Simulated {
  granted: readonly SimulatedPolicy[]
  /** Absent: nothing bounds what is granted. */
  boundary: readonly SimulatedPolicy[] | undefined
  lookup: Lookup
}

/** One action on each of the resources, `*` among them for all. */
export function simulateAction(
  simulated: Simulated,
  action: string,
  resources: readonly string[],
): Iam.EvaluationResult {
  const results = resources.map((resource) => simulateRequest(simulated, { action, resource }))
  const [only] = results
  if (results.length === 1 && only?.resource === '*') {
    const { decision, matched, missing, boundary } = only
    return {
      EvalActionName: action,
      EvalResourceName: '*',
      EvalDecision: decision,
      MatchedStatements: matched,
      MissingContextValues: missing,
      ...boundary,
    }
  }
  return {
    EvalActionName: action,
    ...summary(results),
    ResourceSpecificResults: results.map(({ resource, decision, matched, missing, boundary }) => ({
      EvalResourceName: resource,
      EvalResourceDecision: decision,
      MatchedStatements: matched,
      MissingContextValues: missing,
      ...boundary,
    })),
  }
}

interface Result {
  resource: string
  decision: Iam.PolicyEvaluationDecisionType
  matched: Iam.Statement[]
  missing: string[]
  boundary: { PermissionsBoundaryDecisionDetail?: { AllowedByPermissionsBoundary: boolean } }
}

/**
 * Of several resources the worst decides; what decided it, and what was missing, stands with each.
 * assumed: several are called `*`, where AWS writes the form of ARNs that the action takes
 */
function summary(results: readonly Result[]): Omit<Iam.EvaluationResult, 'EvalActionName'> {
  const decisions = new Set(results.map(({ decision }) => decision))
  const [only] = results.length === 1 ? results : []
  const bounded = results.flatMap(({ boundary }) => boundary.PermissionsBoundaryDecisionDetail ?? [])
  return {
    EvalResourceName: only?.resource ?? '*',
    EvalDecision: (['explicitDeny', 'implicitDeny'] as const).find((one) => decisions.has(one)) ?? 'allowed',
    MatchedStatements: only?.matched ?? [],
    MissingContextValues: [],
    EvalDecisionDetails: {}, // nothing is simulated across accounts
    ...(bounded.length > 0 && {
      PermissionsBoundaryDecisionDetail: {
        AllowedByPermissionsBoundary: bounded.every((one) => one.AllowedByPermissionsBoundary),
      },
    }),
  }
}

interface Request {
  action: string
  resource: string
}

/** assumed: what a boundary leaves out is denied by no statement, and what it allows is allowed by the others alone */
function simulateRequest({ granted, boundary, lookup }: Simulated, { action, resource }: Request): Result {
  const match = (policies: readonly SimulatedPolicy[]) => {
    const compiled = policies.map((policy) => policy.compiled)
    const matches = matchingStatements(compiled, { action, resource, lookup })
    const render = (effect: MatchingStatement['effect']) =>
      matches.filter((one) => one.effect === effect).map((one) => renderStatement(policies, one))
    return { denying: render('Deny'), allowing: render('Allow') }
  }
  const own = match(granted)
  const bound = boundary && match(boundary)
  const denying = [...own.denying, ...(bound?.denying ?? [])]
  const isBounded = bound && (bound.denying.length > 0 || bound.allowing.length === 0)
  const isAllowed = own.allowing.length > 0 && !isBounded
  const all = [...granted, ...(boundary ?? [])].map(({ compiled }) => compiled)
  return {
    resource,
    decision: denying.length > 0 ? 'explicitDeny' : isAllowed ? 'allowed' : 'implicitDeny',
    matched: denying.length > 0 ? denying : isAllowed ? own.allowing : [],
    missing: missingValues(all, { action, resource, lookup }),
    boundary:
      bound === undefined
        ? {}
        : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: !isBounded } },
  }
}

/** What AWS says of policies of identities, which its model does not list. */
const sourcePolicyType = 'IAM Policy' as Iam.PolicySourceType

function renderStatement(
  policies: readonly SimulatedPolicy[],
  { policy, index }: MatchingStatement,
): Iam.Statement {
  const source = policies.find(({ compiled }) => compiled === policy)
  return { SourcePolicyId: source?.id, SourcePolicyType: sourcePolicyType, ...source?.spans[index] }
}

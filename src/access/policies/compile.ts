/** Turns a policy document into what decisions are made with: once a document, not once a decision. */
import { compileArnPattern, completeArn, type ArnPattern } from './arn-pattern.ts'
import { compileCondition, variablesIn, type CompiledCondition } from './conditions/compile-condition.ts'
import type { Lookup, PolicyDocument, PolicyElement, PolicyStatement, PrincipalElement } from './document.ts'
import { compileGlob, matchesGlob } from './glob.ts'
import { isVariable, parseText, type Token } from './template-text.ts'

export interface CompiledPolicy {
  /** For reports: whose statement decided. */
  name: string
  statements: readonly CompiledStatement[]
  /** In lower case: every variable and condition key that a decision may ask for. */
  names: ReadonlySet<string>
}

export interface CompiledStatement {
  sid?: string
  effect: 'Allow' | 'Deny'
  /** `action` in lower case: IAM does not tell cases of actions apart. */
  matchesAction: (action: string) => boolean
  matchesResource: (resource: string, lookup: Lookup) => boolean
  /** Resource patterns, for reports; with `isNotResource` those the statement leaves out. */
  resources: readonly ArnPattern[]
  isNotResource: boolean
  /** Action patterns as written, for reports. */
  actions: PolicyElement
  principal?: PrincipalElement
  conditions: readonly CompiledCondition[]
  /** Variables and condition keys of this statement as written. */
  names: readonly string[]
}

/** `document` comes from `parsePolicyDocument`; `name` is what decisions call the policy. */
export function compilePolicy(document: PolicyDocument, name: string): CompiledPolicy {
  // assumed: IoT policies have variables in every version; IAM policies only since 2012-10-17
  const hasVariables = document.dialect === 'iot' || document.version === '2012-10-17'
  const statements = document.statements.map((statement) =>
    compileStatement(statement, { hasVariables, isIot: document.dialect === 'iot' }),
  )
  const names = new Set(statements.flatMap((statement) => statement.names.map((used) => used.toLowerCase())))
  return { name, statements, names }
}

function compileStatement(
  statement: PolicyStatement,
  { hasVariables, isIot }: { hasVariables: boolean; isIot: boolean },
): CompiledStatement {
  const { sid, effect, action, resource, principal } = statement
  const resources = (resource?.patterns ?? []).map((pattern) => {
    const parts = parseText(pattern, { hasWildcards: true, hasVariables })
    return compileArnPattern(isIot ? parts : completeArn(parts))
  })
  const conditions = statement.conditions.map((condition) =>
    compileCondition(condition, condition.operator, hasVariables),
  )
  const names = [
    ...variablesIn(resources.map(({ parts }) => parts)),
    ...conditions.flatMap(({ key, values }) => [key, ...variablesIn(values)]),
  ]
  const isNotResource = resource?.isNegated ?? false
  return {
    ...(sid !== undefined && { sid }),
    effect,
    matchesAction: compileActions(action),
    matchesResource: resource ? compileResources(resources, isNotResource) : () => true,
    resources,
    isNotResource,
    actions: action,
    ...(principal && { principal }),
    conditions,
    names: [...new Set(names)],
  }
}

function compileResources(patterns: readonly ArnPattern[], isNegated: boolean) {
  return (resource: string, lookup: Lookup) =>
    patterns.some((pattern) => pattern.matches(resource, lookup)) !== isNegated
}

function compileActions({ isNegated, patterns }: PolicyElement): (action: string) => boolean {
  const parsed = patterns.map((pattern) =>
    parseText(pattern.toLowerCase(), { hasWildcards: true, hasVariables: false }).filter(
      (part): part is Token => !isVariable(part),
    ),
  )
  const isPlain = (tokens: readonly Token[]) => tokens.every((token) => typeof token === 'string')
  const plain = new Set(parsed.filter(isPlain).map((tokens) => tokens.join('')))
  const globs = parsed.filter((tokens) => !isPlain(tokens)).map(compileGlob)
  return (action) => (plain.has(action) || globs.some((glob) => matchesGlob(glob, action))) !== isNegated
}

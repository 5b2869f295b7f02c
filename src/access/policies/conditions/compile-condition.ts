/**
 * Conditions of a statement: operator, its prefix and suffix, key, and values.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
 */
import { PolicyDocumentError, type Lookup, type PolicyCondition } from '../document.ts'
import { isVariable, parseText, type TextPart } from '../template-text.ts'
import { operators, type Test } from './operators.ts'

export interface CompiledCondition {
  operator: string
  key: string
  /** The values as written, split up. */
  values: readonly (readonly TextPart[])[]
  holds: (lookup: Lookup) => boolean
}

interface OperatorName {
  /** Every value of the request has to meet the condition, or any of them. */
  quantifier: 'all' | 'any' | undefined
  base: string
  /** A key that the request lacks meets the condition. */
  isOptional: boolean
}

/** @throws {PolicyDocumentError} naming the operator or value that is wrong; `place` is where it stands */
export function compileCondition(
  { operator, key, values }: PolicyCondition,
  place: string,
  hasVariables: boolean,
): CompiledCondition {
  const name = parseOperatorName(operator)
  if (name?.base === 'Null') {
    if (name.quantifier || name.isOptional) throw unknownOperator(operator, place)
    return compileNull(values, { operator, key, place })
  }
  const definition = name && operators.get(name.base)
  if (!name || !definition) throw unknownOperator(operator, place)
  const { hasWildcards, isNegated } = definition
  const parts = values.map((value) => parseText(value, { hasWildcards, hasVariables }))
  const tests = parts.map((part, index) => {
    const test = definition.compile(part)
    if (test) return test
    throw new PolicyDocumentError(
      `${place} must be ${definition.expects ?? 'of another kind'}, got ${JSON.stringify(values[index])}`,
    )
  })
  return { operator, key, values: parts, holds: (lookup) => meets({ name, key, tests, isNegated }, lookup) }
}

function parseOperatorName(operator: string): OperatorName | undefined {
  const match = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operator)
  if (!match) return undefined
  const [, quantifier, base = '', suffix] = match
  const quantifiers = { ForAllValues: 'all', ForAnyValue: 'any' } as const
  return {
    quantifier: quantifier === undefined ? undefined : quantifiers[quantifier as keyof typeof quantifiers],
    base,
    isOptional: suffix !== undefined,
  }
}

function unknownOperator(operator: string, place: string): PolicyDocumentError {
  return new PolicyDocumentError(`${place}: there is no condition operator ${JSON.stringify(operator)}`)
}

function compileNull(
  values: readonly string[],
  { operator, key, place }: { operator: string; key: string; place: string },
): CompiledCondition {
  const wanted = values.map((value) => {
    const folded = value.toLowerCase()
    if (folded === 'true' || folded === 'false') return folded === 'true'
    throw new PolicyDocumentError(`${place} must be "true" or "false", got ${JSON.stringify(value)}`)
  })
  return {
    operator,
    key,
    values: values.map((value) => [value]),
    holds: (lookup) => wanted.includes(valuesOf(lookup(key)).length === 0),
  }
}

interface Comparison {
  name: OperatorName
  key: string
  tests: readonly Test[]
  isNegated: boolean
}

function meets({ name, key, tests, isNegated }: Comparison, lookup: Lookup): boolean {
  const actual = valuesOf(lookup(key))
  if (actual.length === 0) {
    if (name.isOptional || name.quantifier === 'all') return true
    return name.quantifier === undefined && isNegated
  }
  const isMet = (value: string) => tests.some((test) => test(value, lookup)) !== isNegated
  if (name.quantifier === 'any') return actual.some(isMet)
  if (name.quantifier === 'all') return actual.every(isMet)
  // assumed: without a quantifier, a key with several values is met by any, and a negated one by all of them
  return isNegated ? actual.every(isMet) : actual.some(isMet)
}

function valuesOf(found: ReturnType<Lookup>): readonly string[] {
  if (found === undefined) return []
  return typeof found === 'string' ? [found] : found
}

/** Names of the variables in the values. */
export function variablesIn(values: readonly (readonly TextPart[])[]): string[] {
  return values.flatMap((parts) => parts.filter(isVariable).map(({ name }) => name))
}

/** Runs a statement on one message. Source: AWS IoT Developer Guide, "SELECT clause", "WHERE clause". */
import { type Budget, SqlEvaluationError } from './budget.ts'
import {
  checkJson,
  evaluate,
  type Evaluation,
  openEvaluation,
  payloadScope,
  type Scope,
} from './evaluate-expression.ts'
import { printJson } from './values/json.ts'
import type { RuleMessage } from './message.ts'
import type { Query, Select, SelectItem } from './syntax/syntax-tree.ts'
import { isArray, isObject, type Value } from './values/value.ts'
import { toBoolean } from './values/convert.ts'

/**
 * `json` is the text as an action sends it, without spaces: numbers keep all their digits. It is empty when the
 * output is Undefined. `bytes` is a payload that is not JSON, passed on as it came.
 */
export type RuleOutput = { kind: 'json'; text: string } | { kind: 'bytes'; bytes: Uint8Array }

export type RuleResult = { matched: false } | { matched: true; output: RuleOutput }

/**
 * WHERE first; SELECT only when it is true. Takes bounded time and memory, whatever statement and payload are.
 * @throws {SqlEvaluationError} when the rule fails for this message
 */
export function evaluateQuery(query: Query, message: RuleMessage): RuleResult {
  const evaluation = openQuery(query, message)
  const scope = payloadScope(evaluation)
  if (!isChosen(query.select, scope, evaluation)) return { matched: false }
  const output = project(query.select, scope, evaluation)
  if (output instanceof Uint8Array) return { matched: true, output: { kind: 'bytes', bytes: output } }
  return { matched: true, output: { kind: 'json', text: printJson(output, evaluation.budget) } }
}

/** With the variables of SET. */
export function openQuery(query: Pick<Query, 'version' | 'variables'>, message: RuleMessage): Evaluation {
  const evaluation = openEvaluation(message, query.version, evaluateNested)
  const scope = payloadScope(evaluation)
  for (const { name, value } of query.variables)
    evaluation.variables.set(name, evaluate(value, scope, evaluation))
  return evaluation
}

function isChosen(select: Select, scope: Scope, evaluation: Evaluation): boolean {
  return !select.where || toBoolean(evaluate(select.where, scope, evaluation)) === true
}

/**
 * An array gives an array, an object one result. Names are looked up in the item alone.
 * assumed: items that give Undefined are left out.
 */
function evaluateNested(select: Select, scope: Scope, evaluation: Evaluation): Value {
  const { expression, alias } = select.source ?? {}
  const source = expression && evaluate(expression, scope, evaluation)
  const scopeOf = (body: Value): Scope => ({ body, ...(alias !== undefined && { alias }) })
  if (isObject(source)) {
    return isChosen(select, scopeOf(source), evaluation)
      ? project(select, scopeOf(source), evaluation)
      : undefined
  }
  if (!isArray(source)) return undefined
  const results: Value[] = []
  for (const item of source) {
    evaluation.budget.spend(1)
    if (!isChosen(select, scopeOf(item), evaluation)) continue
    const result = project(select, scopeOf(item), evaluation)
    if (result !== undefined) results.push(result)
  }
  return results
}

function project(select: Select, scope: Scope, evaluation: Evaluation): Value {
  if (select.value) return evaluate(select.value, scope, evaluation)
  const [only, ...more] = select.items
  if (only?.expression.kind === 'payload' && !only.alias && more.length === 0) return scope.body
  const output = new Map<string, Value>()
  for (const item of select.items)
    addItem(output, item, evaluate(item.expression, scope, evaluation), evaluation)
  return output
}

function addItem(output: Map<string, Value>, item: SelectItem, value: Value, { budget }: Evaluation): void {
  checkJson(value)
  const path = item.alias ?? (item.name === undefined ? undefined : [item.name])
  if (value === undefined) return
  if (path) return setAt(output, { path, value, budget })
  if (!isObject(value))
    throw new SqlEvaluationError('failed', 'SELECT * beside other items needs a JSON object as payload')
  budget.spendItems(value.size)
  // assumed: of two items with one name the later one stays
  for (const [name, member] of value) output.set(name, member)
}

/** Makes the objects of a path such as `state.reported.x`, and joins those that are there. */
function setAt(
  output: Map<string, Value>,
  { path, value, budget }: { path: readonly string[]; value: Value; budget: Budget },
): void {
  const last = path.at(-1)
  budget.spendItems(path.length)
  let object = output
  for (const segment of path.slice(0, -1)) {
    const inner = object.get(segment)
    budget.spendItems(isObject(inner) ? inner.size : 0)
    const next = new Map(isObject(inner) ? inner : []) // a copy: it may be part of the payload
    object.set(segment, next)
    object = next
  }
  if (last !== undefined) object.set(last, value)
}

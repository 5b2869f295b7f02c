/** Evaluates one expression. Works down a tree of bounded depth, and asks the budget wherever it loops. */
import { applyNegation, applyNot, applyOperator } from './values/operators.ts'
import { Budget, SqlEvaluationError } from './budget.ts'
import { castValue } from './values/cast.ts'
import { Decimal, settle, toDouble } from './values/decimal.ts'
import { findFunction } from './functions/index.ts'
import { parseJson } from './values/json.ts'
import { bodyOf, type RuleMessage } from './message.ts'
import type {
  CallExpression,
  CaseExpression,
  ChainExpression,
  Expression,
  Select,
  SqlVersion,
  Step,
} from './syntax/syntax-tree.ts'
import { equalValues } from './values/equality.ts'
import { isArray, isObject, type Value } from './values/value.ts'
import { toInt, toText } from './values/convert.ts'

/** One evaluation: of a statement, or of a template. */
export interface Evaluation {
  message: RuleMessage
  version: SqlVersion
  budget: Budget
  variables: Map<string, Value>
  /** Runs a nested query. */
  select: (select: Select, scope: Scope, evaluation: Evaluation) => Value
}

/** Where names are looked up: the payload, or one item of an array with the alias it is known by. */
export interface Scope {
  body: Value
  alias?: string
}

export function openEvaluation(
  message: RuleMessage,
  version: SqlVersion,
  select: Evaluation['select'],
): Evaluation {
  return { message, version, budget: new Budget(), variables: new Map(), select }
}

export const payloadScope = ({ message, version }: Evaluation): Scope => ({ body: bodyOf(message, version) })

/** @throws {SqlEvaluationError} */
export function evaluate(node: Expression, scope: Scope, evaluation: Evaluation): Value {
  evaluation.budget.spend(1)
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'name':
      return lookUp(node.name, scope)
    case 'variable':
      return evaluation.variables.get(node.name)
    case 'payload':
      return scope.body
    case 'members':
      return objectOnly(evaluate(node.of, scope, evaluation))
    case 'member':
      return node.steps.reduce(
        (of, step) => follow(of, step, { scope, evaluation }),
        evaluate(node.of, scope, evaluation),
      )
    case 'array':
      return node.items.map((item) => checkJson(evaluate(item, scope, evaluation)))
    case 'object':
      return new Map(
        node.members.map(({ key, value }) => [key, checkJson(evaluate(value, scope, evaluation))]),
      )
    case 'subquery':
      return evaluation.select(node.select, scope, evaluation)
    case 'exists':
      return exists(evaluation.select(node.select, scope, evaluation))
    case 'case':
      return choose(node, scope, evaluation)
    case 'call':
    case 'cast':
    case 'chain':
    case 'not':
    case 'negate':
      return counted(calculate(node, scope, evaluation), evaluation)
  }
}

/** From 2016-03-23 on a whole number is an Int, whatever made it. */
function counted(value: Value, { version }: Evaluation): Value {
  return value instanceof Decimal && version !== '2015-10-08' ? settle(value) : value
}

type Calculation = Extract<Expression, { kind: 'call' | 'cast' | 'chain' | 'not' | 'negate' }>

function calculate(node: Calculation, scope: Scope, evaluation: Evaluation): Value {
  switch (node.kind) {
    case 'not':
      return applyNot(evaluate(node.operand, scope, evaluation))
    case 'negate':
      return applyNegation(evaluate(node.operand, scope, evaluation))
    case 'cast':
      return castValue(evaluate(node.value, scope, evaluation), node.type, evaluation)
    case 'chain':
      return chain(node, scope, evaluation)
    case 'call':
      return call(node, scope, evaluation)
  }
}

function lookUp(name: string, { body, alias }: Scope): Value {
  if (isObject(body) && body.has(name)) return body.get(name)
  return name === alias ? body : undefined
}

// assumed: what is no object has no members, as `*` of an empty payload has none
const objectOnly = (value: Value): Value => (isObject(value) ? value : undefined)

/** @throws {SqlEvaluationError} for a payload that JSON cannot hold */
export function checkJson(value: Value): Value {
  if (!(value instanceof Uint8Array)) return value
  throw new SqlEvaluationError(
    'failed',
    "the payload is not a JSON object or array: encode(*, 'base64') makes it text",
  )
}

function follow(
  of: Value,
  step: Step,
  { scope, evaluation }: { scope: Scope; evaluation: Evaluation },
): Value {
  evaluation.budget.spend(1)
  if ('key' in step) return isObject(of) ? of.get(step.key) : undefined
  const key = evaluate(step.index, scope, evaluation)
  if (isObject(of)) return typeof key === 'string' ? of.get(key) : undefined
  const index = isArray(of) ? toInt(key) : undefined
  return index && isArray(of) ? of[toDouble(index)] : undefined
}

const exists = (found: Value): boolean => (isArray(found) ? found.length > 0 : found !== undefined)

function choose(node: CaseExpression, scope: Scope, evaluation: Evaluation): Value {
  const subject = node.subject && evaluate(node.subject, scope, evaluation)
  if (node.subject && subject === undefined) return undefined
  for (const { when, result } of node.branches) {
    const value = evaluate(when, scope, evaluation)
    const isChosen = node.subject ? equalValues(subject, value, evaluation.budget) : value
    if (isChosen === true) return evaluate(result, scope, evaluation)
  }
  return node.otherwise && evaluate(node.otherwise, scope, evaluation)
}

function chain(node: ChainExpression, scope: Scope, evaluation: Evaluation): Value {
  let value = evaluate(node.first, scope, evaluation)
  for (const { operator, operand } of node.rest) {
    evaluation.budget.spend(1)
    const right = evaluate(operand, scope, evaluation)
    value = counted(applyOperator(operator, [value, right], evaluation.budget), evaluation)
  }
  return value
}

function call(node: CallExpression, scope: Scope, evaluation: Evaluation): Value {
  if (node.name === 'get_or_default') return getOrDefault(node, scope, evaluation)
  const args = node.args.map((argument) => evaluate(argument, scope, evaluation))
  const { budget, message, version } = evaluation
  const found = findFunction(node.name)
  if (!found) return callExternal(node.name, args, evaluation)
  const { topic, context } = message
  return found.run(args, { budget, context, topic, version, ...(node.pattern && { pattern: node.pattern }) })
}

function getOrDefault({ args }: CallExpression, scope: Scope, evaluation: Evaluation): Value {
  const [first, otherwise] = args
  try {
    const value = first && evaluate(first, scope, evaluation)
    if (value !== undefined && value !== null) return value
  } catch (error) {
    // what failed is replaced; running out of the budget is not
    if (!(error instanceof SqlEvaluationError) || error.reason === 'limit') throw error
  }
  return otherwise && evaluate(otherwise, scope, evaluation)
}

function callExternal(name: string, args: readonly Value[], { budget, message, version }: Evaluation): Value {
  const texts = args.map((argument) => toText(argument, budget))
  const answer = message.context.callExternal?.(name, texts)
  if (answer === undefined) return undefined
  budget.spendText(answer.length)
  return parseJson(answer, { settles: version !== '2015-10-08' })?.value
}

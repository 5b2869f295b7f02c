/** Source: AWS IoT Developer Guide, "Operators". */
import type { Budget } from '../budget.ts'
import {
  add,
  compare,
  Decimal,
  divide,
  multiply,
  negate,
  remainder,
  remainderSteps,
  subtract,
} from './decimal.ts'
import type { Operator } from '../syntax/syntax-tree.ts'
import { equalValues } from './equality.ts'
import { isArray, type Value } from './value.ts'
import { toBoolean, toDecimal, toText } from './convert.ts'

/** Every operator gives Undefined for operands that it is not made for. */
export function applyOperator(
  operator: Operator,
  [left, right]: readonly [Value, Value],
  budget: Budget,
): Value {
  switch (operator) {
    case 'and':
      return both(left, right, (a, b) => a && b)
    case 'or':
      return both(left, right, (a, b) => a || b)
    case '=':
      return equalValues(left, right, budget)
    case '<>':
      return negated(equalValues(left, right, budget))
    case 'in':
      return isArray(right) && left !== undefined
        ? right.some((item) => equalValues(left, item, budget) === true)
        : undefined
    case '<':
      return ordered(left, right, (order) => order < 0)
    case '<=':
      return ordered(left, right, (order) => order <= 0)
    case '>':
      return ordered(left, right, (order) => order > 0)
    case '>=':
      return ordered(left, right, (order) => order >= 0)
    case '+':
      return plus(left, right, budget)
    case '%':
      return calculated(left, right, (a, b) => {
        budget.spend(remainderSteps(a, b))
        return remainder(a, b)
      })
    case '-':
    case '*':
    case '/':
      return calculated(left, right, arithmetic[operator])
  }
}

type Arithmetic = (left: Decimal, right: Decimal) => Decimal | undefined

const arithmetic: Record<'-' | '*' | '/', Arithmetic> = {
  '-': subtract,
  '*': multiply,
  '/': divide,
}

const negated = (value: boolean | undefined): boolean | undefined =>
  value === undefined ? undefined : !value

// assumed: as the tables say, one operand that is no Boolean makes the result Undefined, whatever the other one is.
function both(left: Value, right: Value, join: (a: boolean, b: boolean) => boolean): Value {
  const a = toBoolean(left)
  const b = toBoolean(right)
  return a === undefined || b === undefined ? undefined : join(a, b)
}

function ordered(left: Value, right: Value, decide: (order: number) => boolean): Value {
  const a = toDecimal(left)
  const b = toDecimal(right)
  return a && b && decide(compare(a, b))
}

function plus(left: Value, right: Value, budget: Budget): Value {
  if (left instanceof Decimal && right instanceof Decimal) return add(left, right)
  if (typeof left !== 'string' && typeof right !== 'string') return undefined
  const a = toText(left, budget)
  const b = toText(right, budget)
  if (a === undefined || b === undefined) return undefined
  budget.spendText(a.length + b.length)
  return a + b
}

function calculated(left: Value, right: Value, calculate: Arithmetic): Value {
  const a = toDecimal(left)
  const b = toDecimal(right)
  return a && b && calculate(a, b)
}

export function applyNot(value: Value): Value {
  return negated(toBoolean(value))
}

export function applyNegation(value: Value): Value {
  const number = toDecimal(value)
  return number && negate(number)
}

import type { Budget } from '../budget.ts'
import { compare, Decimal } from './decimal.ts'
import { isArray, isObject, type ArrayValue, type ObjectValue, type Value } from './value.ts'

/** The `=` operator: Undefined beside anything is Undefined, different types are not equal. */
export function equalValues(left: Value, right: Value, budget: Budget): boolean | undefined {
  if (left === undefined || right === undefined) return undefined
  budget.spend(1)
  if (left instanceof Decimal) return right instanceof Decimal && compare(left, right) === 0
  if (isArray(left)) return isArray(right) && equalArrays(left, right, budget)
  if (isObject(left)) return isObject(right) && equalObjects(left, right, budget)
  return left === right
}

function equalArrays(left: ArrayValue, right: ArrayValue, budget: Budget): boolean {
  if (left.length !== right.length) return false
  return left.every((item, index) => equalValues(item, right[index], budget) === true)
}

function equalObjects(left: ObjectValue, right: ObjectValue, budget: Budget): boolean {
  if (left.size !== right.size) return false
  for (const [key, value] of left) if (equalValues(value, right.get(key), budget) !== true) return false
  return true
}

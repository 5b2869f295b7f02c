/** Values of the language and how one type becomes another. Source: AWS IoT Developer Guide, "Data types". */
import type { Budget } from '../budget.ts'
import { compare, Decimal, decimalText, parseDecimal, roundTo } from './decimal.ts'
import { printJson } from './json.ts'

/** `undefined` is the language's Undefined; `Uint8Array` a payload that is not JSON, of use to few functions. */
export type Value = undefined | null | boolean | string | Decimal | Uint8Array | ArrayValue | ObjectValue
export type ArrayValue = readonly Value[]
/** A Map, so no name in it is special. */
export type ObjectValue = ReadonlyMap<string, Value>

export const isArray = (value: Value): value is ArrayValue => Array.isArray(value)
export const isObject = (value: Value): value is ObjectValue => value instanceof Map

const decimalPattern = /^-?\d+(?:\.\d+)?(?:[eE]-?\d+)?$/

/** Undefined for what does not convert: only numbers and strings that read as one do. */
export function toDecimal(value: Value): Decimal | undefined {
  if (value instanceof Decimal) return value
  return typeof value === 'string' && decimalPattern.test(value) ? parseDecimal(value) : undefined
}

/** A Decimal is rounded to the nearest Int, a string is cut. */
export function toInt(value: Value): Decimal | undefined {
  const number = toDecimal(value)
  return number && roundTo(number, 0, typeof value === 'string' ? 'truncate' : 'half-up')
}

/** As most functions convert their arguments: rounded down. */
export function toIntBelow(value: Value): Decimal | undefined {
  const number = toDecimal(value)
  return number && roundTo(number, 0, 'down')
}

export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string' || value.length > 5) return undefined
  const lower = value.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

/** Arrays and objects become JSON; Null and Undefined do not convert. */
export function toText(value: Value, budget: Budget): string | undefined {
  if (typeof value === 'string') return value
  if (value === undefined || value === null || value instanceof Uint8Array) return undefined
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Decimal) return decimalText(value)
  return printJson(value, budget)
}

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

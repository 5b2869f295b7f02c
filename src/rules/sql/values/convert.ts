/** How a value of one type becomes another. Source: AWS IoT Developer Guide, "Conversions". */
import type { Budget } from '../budget.ts'
import { Decimal, decimalText, parseDecimal, roundTo } from './decimal.ts'
import { printJson } from './json.ts'
import type { Value } from './value.ts'

const decimalPattern = /^-?\d+(?:\.\d+)?(?:[eE]-?\d+)?$/

/** Holds every number that can be represented; reading more digits would take time for nothing. */
const maxNumberLength = 2048

/** Undefined for what does not convert: only numbers and strings that read as one do. */
export function toDecimal(value: Value): Decimal | undefined {
  if (value instanceof Decimal) return value
  if (typeof value !== 'string' || value.length > maxNumberLength) return undefined
  return decimalPattern.test(value) ? parseDecimal(value) : undefined
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

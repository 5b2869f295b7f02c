/**
 * Numbers as the rules engine counts: decimal, 34 significant digits, magnitudes of 1E-999 to 9.99E999, so that
 * 0.1 + 0.2 is 0.3 and long integer ids survive. A number without a decimal point is an Int.
 * Source: AWS IoT Developer Guide, "Data types".
 */
import { Decimal as Library } from 'decimal.js'

const maxDigits = 34
const maxExponent = 999
const Amount = Library.clone({
  precision: maxDigits,
  rounding: Library.ROUND_HALF_EVEN,
  maxE: maxExponent,
  minE: -maxExponent,
  modulo: Library.ROUND_DOWN,
})
type Amount = Library

/** An amount, and how many digits stand behind its point: 10.0 is a Decimal, 10 an Int. Made by this file only. */
export class Decimal {
  readonly amount: Amount
  readonly scale: number

  constructor(amount: Amount, scale: number) {
    this.amount = amount
    this.scale = scale
  }
}

export type Rounding = 'down' | 'up' | 'truncate' | 'half-up'

const roundings = {
  down: Library.ROUND_FLOOR,
  up: Library.ROUND_CEIL,
  truncate: Library.ROUND_DOWN,
  'half-up': Library.ROUND_HALF_UP,
} as const satisfies Record<Rounding, Library.Rounding>

export const isInt = (value: Decimal): boolean => value.scale === 0
export const isZero = (value: Decimal): boolean => value.amount.isZero()
export const signOf = (value: Decimal): number => (isZero(value) ? 0 : value.amount.s)

/** Undefined when it is too large to be represented; what is too small becomes 0. */
function make(exact: Amount, scale: number): Decimal | undefined {
  if (!exact.isFinite()) return undefined
  const amount = exact.precision() > maxDigits ? exact.toSignificantDigits(maxDigits) : exact
  if (amount.isZero()) return zeroOf(scale)
  const kept = Math.min(scale, maxDigits - 1 - amount.e)
  return new Decimal(amount, kept < 0 && amount.e < maxDigits ? 0 : kept)
}

/** As it was written, such as 0.00; plain for what was too small. */
const zeroOf = (scale: number) =>
  new Decimal(new Amount(0), scale > maxExponent ? 0 : Math.min(Math.max(scale, 0), maxDigits))

const shortInt = /^-?\d{1,15}$/
const numberPattern = /^-?\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Reads JSON's and the language's notation; undefined when it is not a number, or one too large. */
export function parseDecimal(text: string): Decimal | undefined {
  if (shortInt.test(text)) return new Decimal(new Amount(Number(text) + 0), 0) // as most numbers are: twice as fast
  const [whole, fraction = '', exponent = '0'] = numberPattern.exec(text) ?? []
  return whole === undefined ? undefined : make(new Amount(whole), fraction.length - Number(exponent))
}

export const intOf = (value: bigint | number): Decimal | undefined => make(new Amount(value), 0)

/** An Int's digits, for operations on bits. */
export const toBigInt = ({ amount }: Decimal): bigint => BigInt(amount.toFixed(0))

/** What a function of double precision gives: undefined for infinities and what is not a number. */
export function fromDouble(value: number): Decimal | undefined {
  const amount = new Amount(value)
  return make(amount, Math.max(amount.decimalPlaces(), Math.abs(value) < 1e21 ? 1 : -amount.e))
}

export const toDouble = ({ amount }: Decimal): number => amount.toNumber()

/** A whole number loses its decimal point. */
export const settle = (value: Decimal): Decimal =>
  value.scale > 0 && value.amount.isInteger() ? new Decimal(value.amount, 0) : value

/** Without zeros at the end, behind the point. */
export const trimmed = ({ amount }: Decimal): Decimal => new Decimal(amount, amount.decimalPlaces())

const widest = (left: Decimal, right: Decimal) => Math.max(left.scale, right.scale)

export const add = (left: Decimal, right: Decimal): Decimal | undefined =>
  make(left.amount.plus(right.amount), widest(left, right))

export const negate = ({ amount, scale }: Decimal): Decimal =>
  new Decimal(amount.isZero() ? amount : amount.negated(), scale)

export const subtract = (left: Decimal, right: Decimal): Decimal | undefined => add(left, negate(right))

export const multiply = (left: Decimal, right: Decimal): Decimal | undefined =>
  make(left.amount.times(right.amount), left.scale + right.scale)

/** An Int by an Int is an Int, cut towards zero. Undefined for a division by zero. */
export function divide(left: Decimal, right: Decimal): Decimal | undefined {
  if (isZero(right)) return undefined
  if (isInt(left) && isInt(right)) return make(left.amount.divToInt(right.amount), 0)
  const quotient = left.amount.dividedBy(right.amount)
  return make(quotient, quotient.decimalPlaces())
}

/** The sign is that of the left side. Undefined for a division by zero. */
export const remainder = (left: Decimal, right: Decimal): Decimal | undefined =>
  isZero(right) ? undefined : make(left.amount.modulo(right.amount), widest(left, right))

/** About how many digits the division behind `remainder` goes through. */
export const remainderSteps = (left: Decimal, right: Decimal): number =>
  Math.max(left.amount.e - right.amount.e, 0)

/** Below, at, or above 0 as `left` is less than, equal to, or greater than `right`. */
export const compare = (left: Decimal, right: Decimal): number => left.amount.comparedTo(right.amount)

/** `places` digits stay behind the point: 0 for an Int. */
export function roundTo(value: Decimal, places: number, rounding: Rounding): Decimal {
  if (value.scale <= places) return value
  const amount = value.amount.toDecimalPlaces(places, roundings[rounding])
  return new Decimal(amount.isZero() ? amount.abs() : amount, places)
}

/** An Int in standard notation, a Decimal perhaps in scientific notation; a valid JSON number. */
export function decimalText({ amount, scale }: Decimal): string {
  if (scale >= 0 && (amount.e >= -6 || scale === 0)) return amount.toFixed(scale)
  return amount.toExponential(amount.e + scale).toUpperCase()
}

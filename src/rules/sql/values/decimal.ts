/**
 * Numbers as the rules engine counts: decimal, 34 significant digits, magnitudes of 1E-999 to 9.99E999, so that
 * 0.1 + 0.2 is 0.3 and long integer ids survive. A number without a decimal point is an Int.
 * Source: AWS IoT Developer Guide, "Data types".
 */
const maxDigits = 34
const maxExponent = 999

/** `unscaled` x 10^-`scale`; made only by the functions of this file. */
export class Decimal {
  readonly unscaled: bigint
  readonly scale: number

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }
}

export type Rounding = 'down' | 'up' | 'truncate' | 'half-up'

export const isInt = (value: Decimal): boolean => value.scale === 0
export const isZero = (value: Decimal): boolean => value.unscaled === 0n

const power = (exponent: number): bigint => 10n ** BigInt(exponent)
const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)
const countDigits = (value: bigint): number => magnitude(value).toString().length
const zero = new Decimal(0n, 0)

/** Undefined when it is too large to be represented; what is too small becomes 0. */
function make(unscaled: bigint, scale: number): Decimal | undefined {
  if (unscaled === 0n) return new Decimal(0n, Math.min(Math.max(scale, 0), maxDigits))
  const surplus = countDigits(unscaled) - maxDigits
  if (surplus > 0) return make(roundHalfEven(unscaled, surplus), scale - surplus)
  const exponent = countDigits(unscaled) - 1 - scale
  if (exponent > maxExponent) return undefined
  if (exponent < -maxExponent) return zero
  if (scale < 0 && countDigits(unscaled) - scale <= maxDigits) return new Decimal(unscaled * power(-scale), 0)
  return new Decimal(unscaled, scale)
}

function roundHalfEven(value: bigint, digits: number): bigint {
  const divisor = power(digits)
  const quotient = value / divisor
  const twice = magnitude(value % divisor) * 2n
  const isAway = twice > divisor || (twice === divisor && quotient % 2n !== 0n)
  return isAway ? quotient + (value < 0n ? -1n : 1n) : quotient
}

const numberPattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Reads JSON's and the language's notation; undefined when it is not a number, or one too large. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = numberPattern.exec(text) ?? []
  if (sign === undefined) return undefined
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const scale = fraction.length - Number(exponent)
  if (digits === '') return make(0n, scale)
  if (digits.length - 1 - scale > maxExponent) return undefined
  if (digits.length - 1 - scale < -maxExponent) return zero
  const kept = digits.slice(0, maxDigits + 1) // one more, to round by
  const unscaled = BigInt(kept) * (sign === '-' ? -1n : 1n)
  return make(unscaled, scale - (digits.length - kept.length))
}

export const intOf = (value: bigint | number): Decimal | undefined => make(BigInt(value), 0)

/** What a function of double precision gives: undefined for infinities and what is not a number. */
export function fromDouble(value: number): Decimal | undefined {
  if (!Number.isFinite(value)) return undefined
  return parseDecimal(Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value))
}

export const toDouble = (value: Decimal): number => Number(`${value.unscaled}e${-value.scale}`)

/** A whole number loses its decimal point. */
export function settle(value: Decimal): Decimal {
  if (value.scale <= 0 || value.unscaled % power(value.scale) !== 0n) return value
  return new Decimal(value.unscaled / power(value.scale), 0)
}

function align(left: Decimal, right: Decimal): [bigint, bigint, number] {
  const scale = Math.max(left.scale, right.scale)
  return [left.unscaled * power(scale - left.scale), right.unscaled * power(scale - right.scale), scale]
}

export function add(left: Decimal, right: Decimal): Decimal | undefined {
  const [a, b, scale] = align(left, right)
  return make(a + b, scale)
}

export const negate = (value: Decimal): Decimal => new Decimal(-value.unscaled, value.scale)

export const subtract = (left: Decimal, right: Decimal): Decimal | undefined => add(left, negate(right))

export const multiply = (left: Decimal, right: Decimal): Decimal | undefined =>
  make(left.unscaled * right.unscaled, left.scale + right.scale)

/** An Int by an Int is an Int, cut towards zero. Undefined for a division by zero. */
export function divide(left: Decimal, right: Decimal): Decimal | undefined {
  if (isZero(right)) return undefined
  if (isInt(left) && isInt(right)) return make(left.unscaled / right.unscaled, 0)
  const shift = maxDigits + 2 + countDigits(right.unscaled)
  let unscaled = (left.unscaled * power(shift)) / right.unscaled
  let scale = left.scale - right.scale + shift
  while (scale > 0 && unscaled !== 0n && unscaled % 10n === 0n) {
    unscaled /= 10n
    scale--
  }
  return make(unscaled, scale)
}

/** The sign is that of the left side. Undefined for a division by zero. */
export function remainder(left: Decimal, right: Decimal): Decimal | undefined {
  if (isZero(right)) return undefined
  const [a, b, scale] = align(left, right)
  return make(a % b, scale)
}

/** Below, at, or above 0 as `left` is less than, equal to, or greater than `right`. */
export function compare(left: Decimal, right: Decimal): number {
  const [a, b] = align(left, right)
  return a < b ? -1 : a > b ? 1 : 0
}

/** `places` digits stay behind the point: 0 for an Int. */
export function roundTo(value: Decimal, places: number, rounding: Rounding): Decimal {
  if (value.scale <= places) return value
  const divisor = power(value.scale - places)
  const cut = value.unscaled / divisor
  const rest = value.unscaled % divisor
  return new Decimal(cut + roundingStep(rest, divisor, rounding), places)
}

function roundingStep(rest: bigint, divisor: bigint, rounding: Rounding): bigint {
  switch (rounding) {
    case 'truncate':
      return 0n
    case 'down':
      return rest < 0n ? -1n : 0n
    case 'up':
      return rest > 0n ? 1n : 0n
    case 'half-up':
      return magnitude(rest) * 2n < divisor ? 0n : rest < 0n ? -1n : 1n
  }
}

/** An Int in standard notation, a Decimal perhaps in scientific notation; a valid JSON number. */
export function decimalText(value: Decimal): string {
  if (value.scale === 0) return value.unscaled.toString()
  const sign = value.unscaled < 0n ? '-' : ''
  const digits = magnitude(value.unscaled).toString()
  const exponent = digits.length - 1 - value.scale
  if (value.scale > 0 && exponent >= -6) {
    const padded = digits.padStart(value.scale + 1, '0')
    return `${sign}${padded.slice(0, -value.scale)}.${padded.slice(-value.scale)}`
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
  return `${sign}${mantissa}E${exponent < 0 ? '' : '+'}${exponent}`
}

/** Arithmetic, trigonometry and bits. Source: AWS IoT Developer Guide, "Functions". */
import {
  compare,
  type Decimal,
  fromDouble,
  intOf,
  isInt,
  negate,
  type Rounding,
  roundTo,
  signOf,
  toBigInt,
  toDouble,
  trimmed,
} from '../values/decimal.ts'
import { applyOperator } from '../values/operators.ts'
import { toDecimal, toIntBelow } from '../values/convert.ts'
import type { Value } from '../values/value.ts'
import type { SqlFunction, SqlFunctions } from './function.ts'

const ofDecimal = (run: (value: Decimal) => Value): SqlFunction => ({
  args: [1, 1],
  run: ([argument]) => {
    const value = toDecimal(argument)
    return value && run(value)
  },
})

const ofDecimals = (run: (left: Decimal, right: Decimal) => Value): SqlFunction => ({
  args: [2, 2],
  run: ([first, second]) => {
    const left = toDecimal(first)
    const right = toDecimal(second)
    return left && right && run(left, right)
  },
})

/** In double precision; what is no real number is Undefined. */
const ofDouble = (run: (value: number) => number): SqlFunction =>
  ofDecimal((value) => fromDouble(run(toDouble(value))))

const ofInts = (run: (left: bigint, right: bigint) => bigint): SqlFunction => ({
  args: [2, 2],
  run: ([first, second]) => {
    const left = toIntBelow(first)
    const right = toIntBelow(second)
    return left && right && isInt(left) && isInt(right)
      ? intOf(run(toBigInt(left), toBigInt(right)))
      : undefined
  },
})

const rounded = (rounding: Rounding): SqlFunction => ofDecimal((value) => roundTo(value, 0, rounding))
const ofRemainder: SqlFunction = {
  args: [2, 2],
  run: ([left, right], { budget }) => applyOperator('%', [left, right], budget),
}

// assumed: as the guide's example bitnot(13) = 2 shows, the digits that the number has are turned over.
function bitnot(value: Decimal): Value {
  const int = roundTo(value, 0, 'down')
  if (!isInt(int)) return undefined
  const bits = toBigInt(int)
  return intOf(bits < 0n ? ~bits : bits ^ ((1n << BigInt(bits.toString(2).length)) - 1n))
}

const maxPlaces = 34

function trunc(value: Decimal, places: Decimal): Value {
  const count = Math.min(Math.max(Math.floor(toDouble(places)), 0), maxPlaces)
  return trimmed(roundTo(value, count, 'truncate'))
}

export const numbers: SqlFunctions = {
  abs: ofDecimal((value) => (signOf(value) < 0 ? negate(value) : value)),
  acos: ofDouble(Math.acos),
  asin: ofDouble(Math.asin),
  atan: ofDouble(Math.atan),
  atan2: ofDecimals((y, x) => fromDouble(Math.atan2(toDouble(y), toDouble(x)))),
  bitand: ofInts((left, right) => left & right),
  bitnot: ofDecimal(bitnot),
  bitor: ofInts((left, right) => left | right),
  bitxor: ofInts((left, right) => left ^ right),
  ceil: rounded('up'),
  cos: ofDouble(Math.cos),
  cosh: ofDouble(Math.cosh),
  exp: ofDouble(Math.exp),
  floor: rounded('down'),
  ln: ofDouble(Math.log),
  log: ofDouble(Math.log10),
  mod: ofRemainder,
  nanvl: { args: [2, 2], run: ([value, otherwise]) => value ?? otherwise },
  power: ofDecimals((base, exponent) => fromDouble(toDouble(base) ** toDouble(exponent))),
  rand: { args: [0, 0], run: (_, { context }) => fromDouble(context.random()) },
  remainder: ofRemainder,
  round: rounded('half-up'),
  sign: ofDecimal((value) => intOf(signOf(value))),
  sin: ofDouble(Math.sin),
  sinh: ofDouble(Math.sinh),
  sqrt: ofDouble(Math.sqrt),
  tan: ofDouble(Math.tan),
  tanh: ofDouble(Math.tanh),
  trunc: ofDecimals(trunc),
}

/** The number as an index, held between 0 and `max`. */
export function clampedIndex(value: Decimal, max: number): number {
  const limit = intOf(max)
  if (signOf(value) < 0) return 0
  return limit && compare(value, limit) >= 0 ? max : Math.floor(toDouble(value))
}

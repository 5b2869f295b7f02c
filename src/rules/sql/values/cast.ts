/** Source: AWS IoT Developer Guide, "Functions": cast(). */
import type { Budget } from '../budget.ts'
import { Decimal, intOf, isZero, parseDecimal } from './decimal.ts'
import type { CastType, SqlVersion } from '../syntax/syntax-tree.ts'
import { toBoolean, toDecimal, toIntBelow, toText } from './convert.ts'
import type { Value } from './value.ts'

/** Like the standard conversions, and between numbers and Booleans. */
export function castValue(
  value: Value,
  type: CastType,
  { version, budget }: { version: SqlVersion; budget: Budget },
): Value {
  switch (type) {
    case 'string':
      return toText(value, budget)
    case 'boolean':
      return value instanceof Decimal ? !isZero(value) : toBoolean(value)
    case 'int':
      return typeof value === 'boolean' ? intOf(Number(value)) : toIntBelow(value)
    case 'decimal':
      if (typeof value === 'boolean')
        return version === '2015-10-08' ? parseDecimal(value ? '1.0' : '0.0') : intOf(Number(value))
      return toDecimal(value)
  }
}

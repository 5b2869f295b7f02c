/** Arrays, objects, and encodings. Source: AWS IoT Developer Guide, "Functions". */
import { SqlEvaluationError } from '../budget.ts'
import { toDouble } from '../values/decimal.ts'
import { parseJson, printJson } from '../values/json.ts'
import { decodeText } from '../message.ts'
import { isArray, isObject, type Value } from '../values/value.ts'
import { toInt, toText } from '../values/convert.ts'
import type { Call, SqlFunctions } from './function.ts'

function get([of, key]: readonly Value[]): Value {
  if (isObject(of)) return typeof key === 'string' ? of.get(key) : undefined
  if (!isArray(of) && typeof of !== 'string') return undefined
  const index = toInt(key)
  return index && of[toDouble(index)]
}

function encode([value]: readonly Value[], { budget }: Call): Value {
  const plain = value instanceof Uint8Array ? value : toText(value, budget)
  if (plain === undefined) return undefined
  budget.spendText(plain.length * 2)
  const bytes =
    typeof plain === 'string' ? Buffer.from(plain) : Buffer.from(plain.buffer, plain.byteOffset, plain.length)
  return bytes.toString('base64')
}

const base64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/

/** Null for what cannot be decoded; an addressable value for JSON. */
function decode([value]: readonly Value[], { budget, version }: Call): Value {
  const encoded = toText(value, budget)
  if (encoded === undefined) return undefined
  budget.spendText(encoded.length)
  if (!base64.test(encoded)) return null
  const text = decodeText(Buffer.from(encoded, 'base64'))
  if (text === undefined) return null
  budget.spend(text.length >> 2)
  return parseJson(text, { settles: version !== '2015-10-08' })?.value ?? text
}

/** Of the array that transform() gives. */
const maxTransformed = 131_072

function transform([mode, extra, items]: readonly Value[], { budget }: Call): Value {
  if (mode !== 'enrichArray' || !isObject(extra) || !isArray(items)) return undefined
  const enriched: Value[] = []
  for (const item of items) {
    if (!isObject(item)) return undefined
    budget.spendItems(item.size + extra.size)
    enriched.push(new Map([...item, ...extra]))
  }
  if (printJson(enriched, budget).length > maxTransformed)
    throw new SqlEvaluationError('failed', `transform() gives an array of more than ${maxTransformed} bytes`)
  return enriched
}

export const collections: SqlFunctions = {
  decode: { args: [2, 2], isNewer: true, run: decode },
  encode: { args: [2, 2], isNewer: true, run: encode },
  get: { args: [2, 2], run: get },
  // evaluate-expression.ts evaluates its arguments one after the other
  get_or_default: { args: [1, 2], isNewer: true, run: ([value, otherwise]) => value ?? otherwise },
  isnull: { args: [1, 1], isNewer: true, run: ([value]) => value === null },
  isundefined: { args: [1, 1], isNewer: true, run: ([value]) => value === undefined },
  transform: { args: [3, 3], isNewer: true, run: transform },
}

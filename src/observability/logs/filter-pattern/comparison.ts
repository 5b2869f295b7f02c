import { invalidPattern } from './pattern-error.ts'

/** The right side of a comparison. */
export interface Literal {
  text: string
  isQuoted: boolean
}

const orderings = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
}

type Operator = keyof typeof orderings | '=' | '!='

export function toOperator(text: string): Operator | undefined {
  return text === '=' || text === '!=' || Object.hasOwn(orderings, text) ? (text as Operator) : undefined
}

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/**
 * A test of a value. Only texts, numbers, and booleans can be compared: what is absent, null, or has members never
 * holds, not even with `!=` (assumed).
 * @throws {AwsError} `InvalidParameterException` when order is asked for by what is not a number
 */
export function compareWith(operator: Operator, literal: Literal): (value: unknown) => boolean {
  if (operator === '=' || operator === '!=') {
    const isEqual = equalTo(literal)
    return (value) => isComparable(value) && isEqual(value) === (operator === '=')
  }
  if (!numberPattern.test(literal.text))
    throw invalidPattern(`'${literal.text}' after ${operator} is no number`)
  const bound = Number(literal.text)
  const isOrdered = orderings[operator]
  return (value) => {
    const number = toNumber(value)
    return number !== undefined && isOrdered(number, bound)
  }
}

type Comparable = string | number | boolean

const isComparable = (value: unknown): value is Comparable =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** In texts `*` stands for anything. */
function equalTo({ text, isQuoted }: Literal): (value: Comparable) => boolean {
  const isMatch = matchWildcards(text)
  const number = !isQuoted && numberPattern.test(text) ? Number(text) : undefined
  return (value) => (typeof value === 'number' && value === number) || isMatch(String(value))
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && numberPattern.test(value) ? Number(value) : undefined
}

/** In time proportional to the text: the leftmost place of each piece leaves the most room for the rest. */
function matchWildcards(pattern: string): (text: string) => boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return (text) => text === first
  return (text) => {
    if (!text.startsWith(first)) return false
    let at = first.length
    for (const piece of others) {
      const found = text.indexOf(piece, at)
      if (found === -1) return false
      at = found + piece.length
    }
    return text.length - last.length >= at && text.endsWith(last)
  }
}

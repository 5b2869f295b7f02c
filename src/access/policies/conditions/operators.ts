/**
 * How a condition operator compares one value of the request with one value of the policy.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
 */
import { compileArnPattern } from '../arn-pattern.ts'
import type { Lookup } from '../document.ts'
import { compileGlobSource, matchesGlob } from '../glob.ts'
import { expandText, isVariable, renderText, type TextPart } from '../template-text.ts'
import { parseDate } from './date.ts'
import { parseIpRange } from './ip-range.ts'

/** Whether the request's value meets the policy's. */
export type Test = (actual: string, lookup: Lookup) => boolean

/** Reads a value of the policy; `undefined` when it is not of the operator's kind. */
type Read = (wanted: string) => ((actual: string) => boolean) | undefined

interface Operator {
  /** The condition holds when no value of the policy meets the request's. */
  isNegated: boolean
  hasWildcards: boolean
  /** What the values of the policy must be, for a person. */
  expects?: string
  /** Compiles a value of the policy; `undefined` when it is not what the operator expects. */
  compile: (parts: readonly TextPart[]) => Test | undefined
}

/** The value is compared as text once its variables are replaced. */
function byText(read: Read): Pick<Operator, 'hasWildcards' | 'compile'> {
  return {
    hasWildcards: false,
    compile: (parts) => {
      if (!parts.some(isVariable)) {
        const meets = read(renderText(parts, () => undefined))
        return meets && ((actual) => meets(actual))
      }
      return (actual, lookup) => {
        const wanted = expandText(parts, lookup)?.join('')
        return wanted !== undefined && (read(wanted)?.(actual) ?? false)
      }
    },
  }
}

const byPattern: Pick<Operator, 'hasWildcards' | 'compile'> = {
  hasWildcards: true,
  compile: (parts) => {
    const source = compileGlobSource(parts)
    return (actual, lookup) => {
      const glob = source(lookup)
      return glob !== undefined && matchesGlob(glob, actual)
    }
  },
}

const byArn: Pick<Operator, 'hasWildcards' | 'compile'> = {
  hasWildcards: true,
  compile: (parts) => compileArnPattern(parts).matches,
}

const byNumber = (compare: (actual: number, wanted: number) => boolean) => ({
  expects: 'a number',
  ...byText((wanted) => comparison(parseNumber, compare, wanted)),
})

const byDate = (compare: (actual: number, wanted: number) => boolean) => ({
  expects: 'a date such as 2026-01-31T00:00:00Z, or seconds since 1970',
  ...byText((wanted) => comparison(parseDate, compare, wanted)),
})

function comparison(
  parse: (text: string) => number | undefined,
  compare: (actual: number, wanted: number) => boolean,
  text: string,
) {
  const wanted = parse(text)
  if (wanted === undefined) return undefined
  return (actualText: string) => {
    const actual = parse(actualText)
    return actual !== undefined && compare(actual, wanted)
  }
}

const equal = (actual: number, wanted: number) => actual === wanted
const less = (actual: number, wanted: number) => actual < wanted
const lessOrEqual = (actual: number, wanted: number) => actual <= wanted
const greater = (actual: number, wanted: number) => actual > wanted
const greaterOrEqual = (actual: number, wanted: number) => actual >= wanted

function parseNumber(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined
}

const exactText = byText((wanted) => (actual) => actual === wanted)
const foldedText = byText((wanted) => {
  const folded = wanted.toLowerCase()
  return (actual) => actual.toLowerCase() === folded
})
const truth = byText((wanted) => {
  const folded = wanted.toLowerCase()
  if (folded !== 'true' && folded !== 'false') return undefined
  return (actual) => actual.toLowerCase() === folded
})
const bytes = byText((wanted) => {
  const decoded = decodeBase64(wanted)
  return decoded === undefined ? undefined : (actual) => decodeBase64(actual) === decoded
})
const address = byText((wanted) => parseIpRange(wanted))

/** The bytes as text of one character each; `undefined` for what is not base64. */
function decodeBase64(text: string): string | undefined {
  if (!/^[A-Za-z\d+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) return undefined
  return Buffer.from(text, 'base64').toString('latin1')
}

const is = { isNegated: false }
const isNot = { isNegated: true }
const expectsRange = { expects: 'an IP address or a range such as 203.0.113.0/24' }
const expectsTruth = { expects: '"true" or "false"' }

/** All but `Null`, which asks whether the key is there at all. */
export const operators = new Map<string, Operator>(
  Object.entries({
    StringEquals: { ...is, ...exactText },
    StringNotEquals: { ...isNot, ...exactText },
    StringEqualsIgnoreCase: { ...is, ...foldedText },
    StringNotEqualsIgnoreCase: { ...isNot, ...foldedText },
    StringLike: { ...is, ...byPattern },
    StringNotLike: { ...isNot, ...byPattern },
    NumericEquals: { ...is, ...byNumber(equal) },
    NumericNotEquals: { ...isNot, ...byNumber(equal) },
    NumericLessThan: { ...is, ...byNumber(less) },
    NumericLessThanEquals: { ...is, ...byNumber(lessOrEqual) },
    NumericGreaterThan: { ...is, ...byNumber(greater) },
    NumericGreaterThanEquals: { ...is, ...byNumber(greaterOrEqual) },
    DateEquals: { ...is, ...byDate(equal) },
    DateNotEquals: { ...isNot, ...byDate(equal) },
    DateLessThan: { ...is, ...byDate(less) },
    DateLessThanEquals: { ...is, ...byDate(lessOrEqual) },
    DateGreaterThan: { ...is, ...byDate(greater) },
    DateGreaterThanEquals: { ...is, ...byDate(greaterOrEqual) },
    Bool: { ...is, ...truth, ...expectsTruth },
    BinaryEquals: { ...is, ...bytes, expects: 'base64' },
    IpAddress: { ...is, ...address, ...expectsRange },
    NotIpAddress: { ...isNot, ...address, ...expectsRange },
    ArnEquals: { ...is, ...byArn },
    ArnLike: { ...is, ...byArn },
    ArnNotEquals: { ...isNot, ...byArn },
    ArnNotLike: { ...isNot, ...byArn },
  } satisfies Record<string, Operator>),
)

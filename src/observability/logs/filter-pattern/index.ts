/**
 * Filter patterns of FilterLogEvents.
 * Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter
 * log events, and Live Tail".
 */
import { parseDelimited } from './delimited.ts'
import type { MatchMessage } from './expression.ts'
import { parseJsonPattern } from './json-pattern.ts'
import { invalidPattern } from './pattern-error.ts'
import { parseTerms } from './terms.ts'

/**
 * Terms (`a "b c" -d`, `?a ?b`), JSON (`{ $.a = "x*" && $.b > 1 }`), or columns (`[first, ..., status = 4*]`).
 * @throws {AwsError} `InvalidParameterException` that says what is wrong
 */
export function parseFilterPattern(pattern: string): MatchMessage {
  const text = pattern.trim()
  if (text.startsWith('{')) return parseJsonPattern(inside(text, '{', '}'))
  if (text.startsWith('[')) return parseDelimited(inside(text, '[', ']'))
  return parseTerms(text)
}

function inside(text: string, opening: string, closing: string): string {
  if (text.length > 1 && text.endsWith(closing)) return text.slice(1, -1)
  throw invalidPattern(`a pattern that starts with '${opening}' must end with '${closing}'`)
}

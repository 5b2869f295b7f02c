import { unquote, type MatchMessage } from './expression.ts'
import { invalidPattern, regexNotOffered } from './pattern-error.ts'

const termPattern = /\s*([?-]?)(?:("(?:[^"\\]|\\.)*")|([^\s"]+))/sy

/** Words and quoted phrases, case-sensitive: all must be there, none after `-`; of those after `?` one is enough. */
export function parseTerms(text: string): MatchMessage {
  const terms: Record<'' | '?' | '-', string[]> = { '': [], '?': [], '-': [] }
  let at = 0
  while (at < text.length) {
    termPattern.lastIndex = at
    const match = termPattern.exec(text)
    if (!match) throw invalidPattern(`a quotation mark at ${at + 1} is not closed`)
    const [whole, sign = '', quoted, word] = match
    const term = quoted === undefined ? plainTerm(word ?? '') : unquote(quoted)
    if (term.trim() !== '') terms[sign as '' | '?' | '-'].push(term)
    at += whole.length
  }
  const { '': required, '-': excluded, '?': optional } = terms
  const isAnyEnough = required.length === 0 && excluded.length === 0 && optional.length > 0
  return (message) => {
    if (isAnyEnough) return optional.some((term) => message.includes(term))
    // beside other terms, AWS ignores those after `?`
    return (
      required.every((term) => message.includes(term)) && !excluded.some((term) => message.includes(term))
    )
  }
}

function plainTerm(word: string): string {
  if (word.startsWith('%')) throw regexNotOffered()
  if (/^[\p{L}\p{N}_]+$/u.test(word)) return word
  throw invalidPattern(
    `Invalid character(s) in term '${word}': terms of other characters than letters, digits, and _ need quotation marks`,
  )
}

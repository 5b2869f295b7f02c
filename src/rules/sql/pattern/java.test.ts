import { describe, expect, it } from 'vitest'
import { Budget } from '../budget.ts'
import { compilePattern } from './compile-pattern.ts'
import { PatternError } from './pattern-error.ts'
import { findMatch } from './run-pattern.ts'

/** As Java's `while (matcher.find())` gives them: start-end of the match and of each group. */
function spans(source: string, text: string): string {
  const pattern = compilePattern(source)
  const all: string[] = []
  for (let from = 0; from <= text.length;) {
    const found = findMatch(pattern, text, { from, budget: new Budget() })
    if (!found) break
    all.push(found.flatMap((start, at) => (at % 2 === 0 ? [`${start}-${found[at + 1]}`] : [])).join(','))
    from = found[0] === found[1] ? found[0]! + 1 : found[1]!
  }
  return all.join(' ')
}

function refusal(source: string): string {
  try {
    compilePattern(source)
  } catch (error) {
    if (error instanceof PatternError) return error.reason
    throw error
  }
  return 'compiled'
}

// What java.util.regex gives for these. RE2, PCRE, and JavaScript differ on most of them.
describe('a regular expression finds what Java finds', () => {
  it.each([
    ['$', 'a\n', '1-1 2-2', 'the end, and before the last line end'],
    ['a$', 'a\n', '0-1', 'the end before the last line end'],
    ['a$', 'a\n\n', '', 'no end before another line end'],
    ['$', '\r\n', '0-0 2-2', 'no end between the two of one line end'],
    ['$\\s', 'a\r', '1-2', 'an end with something behind it'],
    ['\\Z', 'a\r', '1-1 2-2', 'the end as before'],
    ['\\z', 'a\n', '2-2', 'the very end'],
    ['(?m)$', 'a\r\nb\n', '1-1 4-4 5-5', 'ends of lines'],
    ['(?m)^', '\r\na\n', '0-0 2-2', 'beginnings of lines, none at the end of the text'],
    ['.', 'a\r\n\u0085\u2028\u2029b', '0-1 6-7', 'no end of a line for a dot'],
    ['(?s).', '\r\n', '0-1 1-2', 'any character for a dot that may'],
    ['\\s', '\v\u00a0', '0-1', 'a vertical tab as space, a no-break space not'],
    ['\\h', '\t\v\u00a0\u2003', '0-1 2-3 3-4', 'horizontal space'],
    ['[\\v]', '\t\v\r\u2028', '1-2 2-3 3-4', 'vertical space'],
    ['\\H\\V', 'ab\n', '0-2', 'what is no such space'],
    ['\\w', 'é1', '1-2', 'letters of English as word characters'],
    ['(?i)k', 'kK\u212a', '0-1 1-2', 'either case of English letters alone'],
    ['(?i)é', 'éÉ', '0-1', 'one case of other letters'],
    ['a?', '1😀', '0-0 1-1 2-2 3-3', 'nothing inside of a character of two units'],
    ['[^a]', '😀', '0-2', 'a character of two units as one'],
    ['\\x{1F600}|\\u0041|\\x42', 'A😀B', '0-1 1-3 3-4', 'characters by number'],
    ['\\0101\\07', 'A\u0007', '0-2', 'characters by octal number'],
    ['\\cA\\cj', '\u0001*', '0-2', 'keys with control, as they are written'],
    ['[]a]', 'a]', '0-1 1-2', 'a bracket that comes first in brackets'],
    ['[a-]', 'b-', '1-2', 'a hyphen that comes last in brackets'],
    ['\\Qa.b\\E+', 'a.bb', '0-4', 'a quotation, of which the last character repeats'],
    ['(a|ab)(c|bcd)', 'abcd', '0-4,0-1,1-4', 'the first way that leads to an end'],
    ['(?<x>a)|(b)', 'b', '0-1,-1--1,0-1', 'groups that took no part'],
    ['\\p{Cntrl}\\p{Punct}', '\u007f~', '0-2', 'classes of POSIX'],
    ['\\p{IsAlphabetic}\\P{L}', 'é1', '0-2', 'properties of characters'],
  ])('%s in %j: %s (%s)', (source, text, expected) => expect(spans(source, text)).toBe(expected))

  it.each(['(?<n>a)(?<n>b)', 'a{', '{', 'a**', '(', 'a)', '\\08', '\\c', '\\y', '[b-a]', '\\p{Nothing}'])(
    'and %s is none, as in Java',
    (source) => expect(refusal(source)).toBe('invalid'),
  )
})

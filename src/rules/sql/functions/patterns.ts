/** Regular expressions. Source: AWS IoT Developer Guide, "Functions". */
import { compilePattern, maxInstructions, type Pattern } from '../pattern/compile-pattern.ts'
import { PatternError } from '../pattern/pattern-error.ts'
import { type Captures, findMatch } from '../pattern/run-pattern.ts'
import type { Call, SqlFunctions } from './function.ts'
import { ofTexts } from './texts.ts'

/** A pattern from the message; undefined when it is none that this engine runs. */
function patternOf(text: string, { pattern, budget }: Call): Pattern | undefined {
  if (pattern) return pattern
  budget.spend(text.length)
  try {
    const compiled = compilePattern(text)
    budget.spend(compiled.program.length)
    return compiled
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    budget.spend(maxInstructions) // what finding out may have taken
    return undefined
  }
}

function matches([text, source]: readonly [string, string, string], call: Call): boolean | undefined {
  const pattern = patternOf(source, call)
  return pattern && findMatch(pattern, text, { from: 0, budget: call.budget }) !== undefined
}

function substr([text, source]: readonly [string, string, string], call: Call): string | undefined {
  const pattern = patternOf(source, call)
  const found = pattern && findMatch(pattern, text, { from: 0, budget: call.budget })
  return found && captured(text, found, 0)
}

function captured(text: string, captures: Captures, group: number): string {
  const [start = -1, end = -1] = captures.slice(group * 2, group * 2 + 2)
  return start < 0 ? '' : text.slice(start, end)
}

function replace([text, source, by]: readonly [string, string, string], call: Call): string | undefined {
  const pattern = patternOf(source, call)
  const template = pattern && parseReplacement(by, pattern.groups)
  if (!pattern || !template) return undefined
  let result = ''
  let copied = 0
  const append = (piece: string) => {
    call.budget.spendText(piece.length)
    result += piece
    call.budget.spendText(result.length >> 4)
  }
  for (let from = 0; from <= text.length;) {
    const found = findMatch(pattern, text, { from, budget: call.budget })
    if (!found) break
    const [start = 0, end = 0] = found
    append(text.slice(copied, start))
    for (const piece of template) append(typeof piece === 'string' ? piece : captured(text, found, piece))
    copied = end
    from = end === start ? end + 1 : end
  }
  append(text.slice(copied))
  call.budget.spendText(result.length)
  return result
}

/** Strings and the groups between them (`$1`); undefined when it refers to a group that is not there. */
function parseReplacement(text: string, groups: number): (string | number)[] | undefined {
  const pieces: (string | number)[] = []
  for (const [piece] of text.matchAll(/\$\d?|\\[^]?|[^$\\]+/g)) {
    if (piece === '$' || piece === '\\') return undefined
    if (piece.startsWith('\\')) pieces.push(piece.slice(1))
    else if (piece.startsWith('$')) {
      if (Number(piece.slice(1)) > groups) return undefined
      pieces.push(Number(piece.slice(1)))
    } else pieces.push(piece)
  }
  return pieces
}

export const patterns: SqlFunctions = {
  regexp_matches: ofTexts(2, matches),
  regexp_replace: ofTexts(3, replace),
  regexp_substr: ofTexts(2, substr),
}

/** Splits a statement into tokens that know their place. */
import { SqlParseError } from './sql-parse-error.ts'

export interface Token {
  kind: 'word' | 'string' | 'number' | 'variable' | 'symbol' | 'topic' | 'end'
  /** As meant: without quotes, without `@`. */
  text: string
  /** Index of the first and after the last character. */
  at: number
  end: number
}

const space = /\s*/y
const word = /[\p{L}_$][\p{L}\p{N}_$]*/uy
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const variable = /@[A-Za-z0-9_]+/y
const symbol = /<>|<=|>=|!=|[=<>+\-*/%(),.[\]{}:]/y
/** A topic filter without quotes ends at white space. */
const bareTopic = /[^\s'"()]+/y
const maxVariableLength = 64

/**
 * `from` is where to begin. In a `template` the expression ends at the brace that closes it, which is not part of it.
 * @throws {SqlParseError}
 */
export function lex(text: string, { from = 0, template = false } = {}): Token[] {
  const tokens: Token[] = []
  let at = from
  let open = 0
  for (;;) {
    at = end(space, text, at)
    const isDone = at >= text.length || (template && open === 0 && text[at] === '}')
    if (isDone) return [...tokens, { kind: 'end', text: '', at, end: at }]
    const token = open === 0 && isAfterFrom(tokens) ? readTopic(text, at) : readToken(text, at)
    tokens.push(token)
    if (token.kind === 'symbol' && '([{'.includes(token.text)) open++
    if (token.kind === 'symbol' && ')]}'.includes(token.text)) open--
    at = token.end
  }
}

/** True when a topic filter comes next; `a.from` and `AS from` are names. */
function isAfterFrom(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1)
  const before = tokens.at(-2)
  if (last?.kind !== 'word' || last.text.toLowerCase() !== 'from') return false
  return before !== undefined && before.text !== '.' && before.text.toLowerCase() !== 'as'
}

function end(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function readTopic(text: string, at: number): Token {
  if (text[at] === "'" || text[at] === '"') return { ...readString(text, at), kind: 'topic' }
  const after = end(bareTopic, text, at)
  if (after === at) return readToken(text, at)
  return { kind: 'topic', text: text.slice(at, after), at, end: after }
}

function readToken(text: string, at: number): Token {
  const first = text[at]
  if (first === "'" || first === '"') return readString(text, at)
  if (text.startsWith('/*', at)) throw problem(text, at, 'an expression', 'a comment came; SQL has none here')
  for (const [kind, pattern] of kinds) {
    const after = end(pattern, text, at)
    if (after === at) continue
    const token = { kind, text: text.slice(kind === 'variable' ? at + 1 : at, after), at, end: after }
    check(text, token)
    return token
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  throw problem(text, at, 'a name, a value or an operator', `${JSON.stringify(character)} came`)
}

const kinds = [
  ['word', word],
  ['number', number],
  ['variable', variable],
  ['symbol', symbol],
] as const

function check(text: string, token: Token): void {
  if (token.kind === 'number' && end(word, text, token.end) > token.end)
    throw problem(text, token.end, 'the end of the number', 'a letter came; get() reads names such as 2b')
  if (token.kind === 'variable' && token.text.length > maxVariableLength)
    throw problem(
      text,
      token.at,
      `at most ${maxVariableLength} characters after @`,
      `${token.text.length} came`,
    )
}

// assumed: a backslash stands for itself, as in ANSI SQL; the quote doubled is the quote.
function readString(text: string, at: number): Token {
  const quote = text[at] ?? ''
  let value = ''
  let start = at + 1
  for (;;) {
    const close = text.indexOf(quote, start)
    if (close === -1) throw problem(text, at, 'a string with its closing quote', 'the text ends')
    value += text.slice(start, close)
    if (text[close + 1] !== quote) return { kind: 'string', text: value, at, end: close + 1 }
    value += quote
    start = close + 2
  }
}

const problem = (text: string, at: number, expected: string, found: string): SqlParseError =>
  new SqlParseError(text, at, { expected, found })

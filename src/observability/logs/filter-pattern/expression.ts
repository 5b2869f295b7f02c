/** Conditions on values, as JSON patterns and columns have them: comparisons, `&&`, `||`, parentheses. */
import { compareWith, toOperator, type Literal } from './comparison.ts'
import { invalidPattern, regexNotOffered } from './pattern-error.ts'

/** Whether a log event's message is one that the pattern asks for. */
export type MatchMessage = (message: string) => boolean

/** Without its quotation marks and escapes. */
export const unquote = (quoted: string): string => quoted.slice(1, -1).replaceAll(/\\(["\\])/g, '$1')

interface Token {
  kind: 'selector' | 'text' | 'sign' | 'word'
  text: string
  /** Position in the expression, from 1. */
  at: number
}

const selectorSource = String.raw`\$(?:\.?\[\s*(?:\d+|'[^']*'|"[^"]*")\s*\]|\.[^\s.()[\]=<>!&|"']+)+`
const tokenSource = [
  `(?<selector>${selectorSource})`,
  String.raw`(?<text>"(?:[^"\\]|\\.)*")`,
  String.raw`(?<sign>&&|\|\||!=|<=|>=|[=<>()])`,
  String.raw`(?<word>[^\s()=<>!&|"]+)`,
].join('|')
const tokenPattern = new RegExp(String.raw`\s*(?:${tokenSource})`, 'sy')

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  let at = 0
  while (at < end) {
    tokenPattern.lastIndex = at
    const match = tokenPattern.exec(text)
    const found = Object.entries(match?.groups ?? {}).find(([, value]) => value !== undefined)
    if (!match || !found) throw invalidPattern(`cannot read '${text.slice(at, at + 20).trim()}' at ${at + 1}`)
    at += match[0].length
    tokens.push({ kind: found[0] as Token['kind'], text: found[1], at: at - found[1].length + 1 })
  }
  return tokens
}

export type Condition<Subject> = (subject: Subject) => boolean

/** How the left side of a comparison is written, and what it stands for. */
export interface Operands<Subject> {
  kind: 'selector' | 'word'
  /** The value in the subject; `undefined` when it has none. */
  compile: (text: string) => (subject: Subject) => unknown
}

/** @throws {AwsError} `InvalidParameterException` with the position of what is wrong */
export function parseExpression<Subject>(text: string, operands: Operands<Subject>): Condition<Subject> {
  const parser = new ExpressionParser(tokenize(text), operands)
  return parser.parse()
}

class ExpressionParser<Subject> {
  readonly #tokens: readonly Token[]
  readonly #operands: Operands<Subject>
  #next = 0

  constructor(tokens: readonly Token[], operands: Operands<Subject>) {
    this.#tokens = tokens
    this.#operands = operands
  }

  parse(): Condition<Subject> {
    const condition = this.#parseAny()
    const rest = this.#tokens[this.#next]
    if (rest) throw invalidPattern(`'${rest.text}' at ${rest.at} is not expected`)
    return condition
  }

  #parseAny(): Condition<Subject> {
    const conditions = [this.#parseAll()]
    while (this.#takeSign('||')) conditions.push(this.#parseAll())
    return (subject) => conditions.some((holds) => holds(subject))
  }

  #parseAll(): Condition<Subject> {
    const conditions = [this.#parseOne()]
    while (this.#takeSign('&&')) conditions.push(this.#parseOne())
    return (subject) => conditions.every((holds) => holds(subject))
  }

  #parseOne(): Condition<Subject> {
    if (!this.#takeSign('(')) return this.#parseComparison()
    const condition = this.#parseAny()
    if (!this.#takeSign(')')) throw invalidPattern(`')' is missing`)
    return condition
  }

  #parseComparison(): Condition<Subject> {
    const operand = this.#take()
    if (operand.kind !== this.#operands.kind)
      throw invalidPattern(`'${operand.text}' at ${operand.at} is no field`)
    const valueIn = this.#operands.compile(operand.text)
    const holds = this.#parseTest()
    return (subject) => holds(valueIn(subject))
  }

  #parseTest(): (value: unknown) => boolean {
    const token = this.#take()
    if (token.kind === 'word') return this.#parseWords(token)
    const operator = token.kind === 'sign' ? toOperator(token.text) : undefined
    if (!operator) throw invalidPattern(`'${token.text}' at ${token.at} is no comparison`)
    return compareWith(operator, this.#takeLiteral())
  }

  #parseWords(first: Token): (value: unknown) => boolean {
    const words = `${first.text} ${this.#take().text}`.toUpperCase()
    const test = new Map<string, (value: unknown) => boolean>([
      ['IS NULL', (value) => value === null],
      ['IS TRUE', (value) => value === true],
      ['IS FALSE', (value) => value === false],
      ['NOT EXISTS', (value) => value === undefined],
    ]).get(words)
    if (!test) throw invalidPattern(`'${words}' at ${first.at} is no comparison`)
    return test
  }

  #takeLiteral(): Literal {
    const { kind, text, at } = this.#take()
    if (kind === 'text') return { text: unquote(text), isQuoted: true }
    if (kind !== 'word') throw invalidPattern(`'${text}' at ${at} is no value`)
    if (text.startsWith('%')) throw regexNotOffered()
    return { text, isQuoted: false }
  }

  #take(): Token {
    const token = this.#tokens[this.#next++]
    if (!token) throw invalidPattern('the expression ends too early')
    return token
  }

  #takeSign(sign: string): boolean {
    const token = this.#tokens[this.#next]
    if (token?.kind !== 'sign' || token.text !== sign) return false
    this.#next++
    return true
  }
}

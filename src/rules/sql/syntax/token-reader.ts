import { lex, type Token } from './lex.ts'
import { SqlParseError } from './sql-parse-error.ts'

/** Parentheses, operands and nested queries inside each other. */
const maxDepth = 64

/** Walks through the tokens of one text. */
export class TokenReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  /** @throws {SqlParseError} */
  constructor(text: string, options?: { from: number; template: true }) {
    this.#text = text
    this.#tokens = lex(text, options)
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]
    if (token === undefined) throw new TypeError('a list of tokens ends with an end token')
    return token
  }

  take(): Token {
    const token = this.peek()
    this.#next++
    return token
  }

  /** What was written from there up to the token that comes next. */
  textFrom(token: Token): string {
    return this.#text.slice(token.at, this.#tokens[this.#next - 1]?.end)
  }

  /** True at the end of an expression in a template. */
  isBeforeBrace(): boolean {
    return this.#text[this.peek().at] === '}'
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'symbol' && token.text === symbol
  }

  /** `keyword` in lower case; any case matches. */
  isWord(keyword: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && token.text.toLowerCase() === keyword
  }

  skipSymbol(symbol: string): boolean {
    const isNext = this.isSymbol(symbol)
    if (isNext) this.#next++
    return isNext
  }

  skipWord(keyword: string): boolean {
    const isNext = this.isWord(keyword)
    if (isNext) this.#next++
    return isNext
  }

  /** @throws {SqlParseError} when another token comes */
  expectSymbol(symbol: string, after: string): void {
    if (!this.skipSymbol(symbol)) throw this.unexpected(`"${symbol}" ${after}`)
  }

  /** @throws {SqlParseError} when another token comes */
  expectWord(keyword: string, after: string): void {
    if (!this.skipWord(keyword)) throw this.unexpected(`${keyword.toUpperCase()} ${after}`)
  }

  /** @throws {SqlParseError} when `read` goes deeper than a statement may */
  nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth)
      throw this.problem(this.peek(), {
        expected: `at most ${maxDepth} levels of nesting`,
        found: 'more came',
      })
    const result = read()
    this.#depth--
    return result
  }

  unexpected(expected: string): SqlParseError {
    const token = this.peek()
    const found = token.kind === 'end' ? 'the text ends' : `${JSON.stringify(token.text)} came`
    return this.problem(token, { expected, found })
  }

  problem(token: Token, problem: { expected: string; found: string }): SqlParseError {
    return new SqlParseError(this.#text, token.at, problem)
  }
}

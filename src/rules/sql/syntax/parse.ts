/** Statement text to syntax tree, by recursive descent. Source: AWS IoT Developer Guide, "AWS IoT SQL reference". */
import { isTopicFilter } from '../../../lib/topic-filter.ts'
import { ExpressionParser } from './parse-expression.ts'
import { SqlParseError } from './sql-parse-error.ts'
import type { Expression, Query, Select, SelectItem, SqlVersion, Step } from './syntax-tree.ts'
import { TokenReader } from './token-reader.ts'

/** What this installation can do beyond the language itself. */
export interface SqlOptions {
  /** Functions that ask the outside, such as `get_thing_shadow`; others of that kind are refused by name. */
  offered?: ReadonlySet<string>
}

/** A rule as a whole has at most 256 KB. */
export const maxLength = 65_536
const maxTopicBytes = 256
const maxVariables = 10

/** @throws {SqlParseError} with line, column and what was expected there */
export function parseSql(text: string, version: SqlVersion, options: SqlOptions = {}): Query {
  if (text.length > maxLength)
    throw new SqlParseError(text, 0, {
      expected: `at most ${maxLength} characters`,
      found: `${text.length} came`,
    })
  return new StatementParser(new TokenReader(text), { ...options, version }).parseStatement()
}

interface ParserOptions extends SqlOptions {
  version: SqlVersion
  variables?: Query['variables']
}

/** The expression after `${`; `end` is behind its brace. @throws {SqlParseError} */
export function parseTemplateExpression(
  text: string,
  from: number,
  options: ParserOptions,
): { expression: Expression; end: number } {
  const reader = new TokenReader(text, { from, template: true })
  return new StatementParser(reader, options).parseTemplateExpression()
}

class StatementParser {
  readonly #reader: TokenReader
  readonly #version: SqlVersion
  readonly #expressions: ExpressionParser
  readonly #variables: { name: string; value: Expression }[]

  constructor(reader: TokenReader, { version, offered = new Set(), variables: known = [] }: ParserOptions) {
    this.#reader = reader
    this.#version = version
    this.#variables = [...known]
    const parseNested = () => this.#select(true).select
    const variables = { has: (name: string) => this.#variables.some((variable) => variable.name === name) }
    this.#expressions = new ExpressionParser(reader, { version, offered, parseNested, variables })
  }

  parseStatement(): Query {
    if (this.#reader.skipWord('set')) this.#set()
    const { select, topicFilter } = this.#select(false)
    if (this.#reader.peek().kind !== 'end') throw this.#reader.unexpected(afterSelect(select, topicFilter))
    const variables = Object.freeze(this.#variables)
    return Object.freeze({
      version: this.#version,
      variables,
      select,
      ...(topicFilter !== undefined && { topicFilter }),
    })
  }

  parseTemplateExpression(): { expression: Expression; end: number } {
    const expression = this.#expressions.parse()
    const { kind, end } = this.#reader.peek()
    if (kind !== 'end') throw this.#reader.unexpected('an operator or the closing "}"')
    if (!this.#reader.isBeforeBrace()) throw this.#reader.unexpected('the closing "}"')
    return { expression, end: end + 1 }
  }

  #set(): void {
    do {
      const token = this.#reader.peek()
      if (token.kind !== 'variable') throw this.#reader.unexpected('a variable such as @name after SET')
      if (this.#variables.some(({ name }) => name === token.text))
        throw this.#reader.problem(token, {
          expected: 'each variable to be set once',
          found: `@${token.text} came again`,
        })
      if (this.#variables.length === maxVariables)
        throw this.#reader.problem(token, {
          expected: `at most ${maxVariables} variables`,
          found: 'another one came',
        })
      this.#reader.take()
      this.#reader.expectSymbol('=', 'after the variable')
      this.#variables.push(Object.freeze({ name: token.text, value: this.#expressions.parse() }))
    } while (this.#reader.skipSymbol(','))
  }

  #select(isNested: boolean): { select: Select; topicFilter?: string } {
    this.#reader.expectWord('select', isNested ? 'at the start of a nested query' : 'at the start')
    const isValue = this.#isValueKeyword()
    if (isValue) this.#reader.take()
    const value = isValue ? this.#expressions.parse() : undefined
    if (isValue && this.#reader.isSymbol(',')) throw this.#reader.unexpected('one item after SELECT VALUE')
    const items = isValue ? [] : this.#items()
    const source = isNested ? this.#source() : undefined
    const topicFilter = isNested ? undefined : this.#topicFilter()
    const where = this.#reader.skipWord('where') ? this.#expressions.parse() : undefined
    const select: Select = Object.freeze({
      items: Object.freeze(items),
      ...(value && { value }),
      ...(source && { source }),
      ...(where && { where }),
    })
    return { select, ...(topicFilter !== undefined && { topicFilter }) }
  }

  /** VALUE is a keyword only where an expression follows; `SELECT value, ts` selects a name. */
  #isValueKeyword(): boolean {
    if (!this.#reader.isWord('value')) return false
    const value = this.#reader.peek()
    const next = this.#reader.peek(1)
    if (next.kind === 'end' || next.kind === 'topic') return false
    if (next.kind === 'word')
      return !['as', 'from', 'where', 'and', 'or', 'in'].includes(next.text.toLowerCase())
    if (next.kind !== 'symbol') return true
    if (next.text === '[') return next.at > value.end // but value[0] is a name with an index
    if (next.text === '*') return isListEnd(this.#reader.peek(2).text) // but value * 2 is a product
    if (next.text === '-') return next.at > value.end && this.#reader.peek(2).at === next.end // but value - 1 is a difference
    return next.text === '(' || next.text === '{'
  }

  #items(): SelectItem[] {
    const items: SelectItem[] = []
    do {
      const start = this.#reader.peek()
      const expression = this.#expressions.parse()
      const written = this.#reader.textFrom(start)
      const alias = this.#reader.skipWord('as') ? this.#alias() : undefined
      const name = nameOf(expression) ?? written // assumed: what has no name is named as it is written
      const isMerged = mergedKinds.has(expression.kind)
      items.push(Object.freeze({ expression, ...(alias && { alias }), ...(!isMerged && { name }) }))
    } while (this.#reader.skipSymbol(','))
    return items
  }

  #alias(): readonly string[] {
    const segments: string[] = []
    do {
      const token = this.#reader.peek()
      if (token.kind !== 'word' && token.kind !== 'string') throw this.#reader.unexpected('a name after AS')
      segments.push(this.#reader.take().text)
    } while (this.#reader.skipSymbol('.'))
    return Object.freeze(segments)
  }

  #source(): Select['source'] {
    this.#reader.expectWord('from', 'in a nested query')
    const expression = this.#expressions.parseOperand()
    if (!this.#reader.skipWord('as')) return Object.freeze({ expression })
    if (this.#reader.peek().kind !== 'word') throw this.#reader.unexpected('a name after AS')
    return Object.freeze({ expression, alias: this.#reader.take().text })
  }

  #topicFilter(): string | undefined {
    if (!this.#reader.skipWord('from')) return undefined
    const token = this.#reader.peek()
    if (token.kind !== 'topic') throw this.#reader.unexpected('a topic filter after FROM')
    if (Buffer.byteLength(token.text) > maxTopicBytes || !isTopicFilter(token.text))
      throw this.#reader.unexpected(`an MQTT topic filter of at most ${maxTopicBytes} bytes`)
    return this.#reader.take().text
  }
}

function afterSelect(select: Select, topicFilter: string | undefined): string {
  if (select.where) return 'an operator or the end after WHERE'
  if (topicFilter !== undefined) return 'WHERE or the end after the topic filter'
  return 'an operator, ",", AS, FROM, WHERE or the end'
}

/** Items whose members join the output, unless AS gives them a name. */
const mergedKinds: ReadonlySet<Expression['kind']> = new Set(['payload', 'members', 'object'])

const isListEnd = (text: string): boolean => ['', ')', 'from', 'where', 'as'].includes(text.toLowerCase())

/** As AWS names an item without AS: the last attribute, or the function; undefined for anything else. */
function nameOf(expression: Expression): string | undefined {
  if ('name' in expression) return expression.name
  if (expression.kind === 'cast') return 'cast'
  if (expression.kind !== 'member') return undefined
  return expression.steps.findLast(isKey)?.key ?? nameOf(expression.of)
}

const isKey = (step: Step): step is { key: string } => 'key' in step

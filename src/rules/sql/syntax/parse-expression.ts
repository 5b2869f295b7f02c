import { lintCall } from './lint-call.ts'
import { comparisonLevel, levels, productLevel } from './operator-levels.ts'
import type { Token } from './lex.ts'
import { parseDecimal, settle } from '../values/decimal.ts'
import type {
  CaseExpression,
  CastType,
  ChainExpression,
  Expression,
  Operator,
  Select,
  SqlVersion,
  Step,
} from './syntax-tree.ts'
import type { TokenReader } from './token-reader.ts'
import type { Value } from '../values/value.ts'

export interface ExpressionRules {
  version: SqlVersion
  offered: ReadonlySet<string>
  /** Reads a SELECT inside parentheses, up to the closing one. */
  parseNested: () => Select
  variables: { has: (name: string) => boolean }
}

const reserved = new Set(
  'select from where as and or not in case when then else end like between is'.split(' '),
)

const castTypes = new Map<string, CastType>([
  ...['string', 'nvarchar', 'text', 'ntext', 'varchar'].map((name) => [name, 'string'] as const),
  ['int', 'int'],
  ['integer', 'int'],
  ['double', 'decimal'],
  ['decimal', 'decimal'],
  ['bool', 'boolean'],
  ['boolean', 'boolean'],
])
const newerCastTypes = new Set(['decimal', 'bool', 'boolean'])

/** Reads one expression after another from the same tokens. */
export class ExpressionParser {
  readonly #reader: TokenReader
  readonly #rules: ExpressionRules

  constructor(reader: TokenReader, rules: ExpressionRules) {
    this.#reader = reader
    this.#rules = rules
  }

  /** @throws {SqlParseError} */
  parse(): Expression {
    return this.#reader.nested(() => this.#chain(0))
  }

  /** Without operators around: what a nested query may take its items from. */
  parseOperand(): Expression {
    return this.#reader.nested(() => this.#member())
  }

  #chain(level: number): Expression {
    const operators = levels[level]
    if (operators === undefined) return this.#unary()
    if (level === comparisonLevel && this.#reader.skipWord('not'))
      return Object.freeze({ kind: 'not', operand: this.#reader.nested(() => this.#chain(level)) })
    const first = this.#chain(level + 1)
    const rest: ChainExpression['rest'][number][] = []
    if (level === productLevel && first.kind === 'payload') return first // a payload is no number
    for (let operator = this.#operator(operators); operator; operator = this.#operator(operators)) {
      this.#reader.take()
      const token = this.#reader.peek()
      const operand = this.#chain(level + 1)
      if (level === productLevel && operand.kind === 'payload')
        throw this.#reader.problem(token, { expected: 'an expression', found: '"*" came' })
      rest.push(Object.freeze({ operator, operand }))
    }
    return rest.length === 0 ? first : Object.freeze({ kind: 'chain', first, rest: Object.freeze(rest) })
  }

  #operator(operators: ReadonlyMap<string, Operator>): Operator | undefined {
    const { kind, text } = this.#reader.peek()
    return kind === 'symbol' || kind === 'word' ? operators.get(text.toLowerCase()) : undefined
  }

  #unary(): Expression {
    if (!this.#reader.skipSymbol('-')) return this.#member()
    return Object.freeze({ kind: 'negate', operand: this.#reader.nested(() => this.#unary()) })
  }

  #member(): Expression {
    const of = this.#primary()
    const steps: Step[] = []
    for (;;) {
      if (this.#reader.skipSymbol('.')) {
        if (this.#reader.skipSymbol('*')) return Object.freeze({ kind: 'members', of: memberOf(of, steps) })
        const token = this.#reader.peek()
        if (token.kind !== 'word')
          throw this.#reader.unexpected('a name or "*" after "." (get() reads other names)')
        steps.push(Object.freeze({ key: this.#reader.take().text }))
      } else if (this.#reader.skipSymbol('[')) {
        steps.push(Object.freeze({ index: this.#index() }))
        this.#reader.expectSymbol(']', 'after the index')
      } else return memberOf(of, steps)
    }
  }

  #index(): Expression {
    const isEach = this.#reader.isSymbol('*') && this.#reader.isSymbol(']', 1)
    if (isEach) throw this.#reader.unexpected('an index (a nested SELECT reads each item)')
    return this.parse()
  }

  #primary(): Expression {
    const token = this.#reader.peek()
    switch (token.kind) {
      case 'string':
        this.#reader.take()
        return literal(token.text)
      case 'number':
        return this.#number(token)
      case 'variable':
        return this.#variable(token)
      case 'word':
        return this.#word(token)
      case 'symbol':
        return this.#bracketed(token)
      case 'topic':
      case 'end':
        throw this.#reader.unexpected('an expression')
    }
  }

  #number(token: Token): Expression {
    const value = parseDecimal(token.text)
    if (value === undefined) throw this.#reader.unexpected('a number below 1E1000')
    this.#reader.take()
    return literal(this.#rules.version === '2015-10-08' ? value : settle(value))
  }

  #variable(token: Token): Expression {
    if (!this.#rules.variables.has(token.text))
      throw this.#reader.problem(token, {
        expected: 'a variable from the SET clause',
        found: `@${token.text} came`,
      })
    this.#reader.take()
    return Object.freeze({ kind: 'variable', name: token.text })
  }

  #word(token: Token): Expression {
    const word = token.text.toLowerCase()
    const isCall = this.#reader.isSymbol('(', 1)
    if (word === 'case') return this.#case()
    if (word === 'exists' && isCall) return this.#exists()
    if (reserved.has(word)) throw this.#reader.unexpected('an expression')
    if (word === 'cast' && isCall) return this.#cast()
    if (isCall) return this.#call()
    this.#reader.take()
    if (word === 'true' || word === 'false') return literal(word === 'true')
    return word === 'null' ? literal(null) : Object.freeze({ kind: 'name', name: token.text })
  }

  #bracketed(token: Token): Expression {
    if (token.text === '[') return this.#array()
    if (token.text === '{') return this.#object()
    if (token.text === '*') return this.#payload()
    if (token.text !== '(') throw this.#reader.unexpected('an expression')
    const isQuery = this.#reader.isWord('select', 1)
    if (isQuery) this.#needsNewerVersion('a nested SELECT')
    this.#reader.take()
    const inner = isQuery ? this.#subquery('subquery') : this.parse()
    this.#reader.expectSymbol(')', 'to close the parenthesis')
    return inner
  }

  #subquery(kind: 'subquery' | 'exists'): Expression {
    return Object.freeze({ kind, select: this.#reader.nested(this.#rules.parseNested) })
  }

  #exists(): Expression {
    this.#needsNewerVersion('EXISTS')
    this.#reader.take()
    this.#reader.take()
    const exists = this.#subquery('exists')
    this.#reader.expectSymbol(')', 'after the nested query')
    return exists
  }

  #case(): Expression {
    this.#reader.take()
    const subject = this.#reader.isWord('when') ? undefined : this.parse()
    const branches: CaseExpression['branches'][number][] = []
    while (this.#reader.skipWord('when')) {
      const when = this.parse()
      this.#reader.expectWord('then', 'after WHEN')
      branches.push(Object.freeze({ when, result: this.parse() }))
    }
    if (branches.length === 0) throw this.#reader.unexpected('WHEN after CASE')
    const otherwise = this.#reader.skipWord('else') ? this.parse() : undefined
    this.#reader.expectWord('end', 'after CASE')
    return Object.freeze({
      kind: 'case',
      branches: Object.freeze(branches),
      ...(subject && { subject }),
      ...(otherwise && { otherwise }),
    })
  }

  #cast(): Expression {
    this.#reader.take()
    this.#reader.take()
    const value = this.parse()
    this.#reader.expectWord('as', 'in cast(value AS type)')
    const name = this.#reader.peek().text.toLowerCase()
    const type = this.#reader.peek().kind === 'word' ? castTypes.get(name) : undefined
    if (type === undefined) throw this.#reader.unexpected(`one of ${[...castTypes.keys()].join(', ')}`)
    if (newerCastTypes.has(name)) this.#needsNewerVersion(`cast to ${name}`)
    this.#reader.take()
    this.#reader.expectSymbol(')', 'after the type')
    return Object.freeze({ kind: 'cast', value, type })
  }

  #call(): Expression {
    const token = this.#reader.take()
    this.#reader.take()
    const args = this.#list(')', () => this.parse())
    const problem = (text: { expected: string; found: string }) => this.#reader.problem(token, text)
    return lintCall(token.text, args, { ...this.#rules, problem })
  }

  #payload(): Expression {
    this.#reader.take()
    return Object.freeze({ kind: 'payload' })
  }

  #array(): Expression {
    this.#needsNewerVersion('an array literal')
    this.#reader.take()
    return Object.freeze({ kind: 'array', items: this.#list(']', () => this.parse()) })
  }

  #object(): Expression {
    this.#needsNewerVersion('an object literal')
    this.#reader.take()
    const members = this.#list('}', () => {
      if (this.#reader.peek().kind !== 'string') throw this.#reader.unexpected('a name in quotes')
      const key = this.#reader.take().text
      this.#reader.expectSymbol(':', 'after the name')
      return Object.freeze({ key, value: this.parse() })
    })
    return Object.freeze({ kind: 'object', members })
  }

  #list<T>(close: string, read: () => T): readonly T[] {
    const items: T[] = []
    if (this.#reader.skipSymbol(close)) return Object.freeze(items)
    do items.push(read())
    while (this.#reader.skipSymbol(','))
    if (!this.#reader.skipSymbol(close)) throw this.#reader.unexpected(`"," or "${close}"`)
    return Object.freeze(items)
  }

  #needsNewerVersion(what: string): void {
    if (this.#rules.version !== '2015-10-08') return
    throw this.#reader.problem(this.#reader.peek(), {
      expected: 'what SQL version 2015-10-08 has',
      found: `${what} came, which needs 2016-03-23`,
    })
  }
}

const literal = (value: Value): Expression => Object.freeze({ kind: 'literal', value })

const memberOf = (of: Expression, steps: readonly Step[]): Expression =>
  steps.length === 0 ? of : Object.freeze({ kind: 'member', of, steps: Object.freeze(steps) })

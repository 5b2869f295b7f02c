import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern } from './pattern/compile-pattern.ts'
import { PatternError } from './pattern/pattern-error.ts'
import { findMatch } from './pattern/run-pattern.ts'
import { Budget } from './budget.ts'
import {
  evaluateQuery,
  evaluateTemplate,
  parseSql,
  parseTemplate,
  type RuleMessage,
  SqlEvaluationError,
  SqlParseError,
} from './index.ts'
import { add, compare, divide, intOf, parseDecimal, decimalText } from './values/decimal.ts'

const messageOf = (payload: string | Uint8Array): RuleMessage => ({
  payload: Buffer.from(payload),
  topic: 'a/b',
  context: { accountId: '123456789012', now: new Date(0), random: () => 0, uuid: () => 'u' },
})

/** True when it ends, if with an error then with one that is documented. */
function isHandled(run: () => unknown, ...documented: (new (...args: never[]) => Error)[]): boolean {
  try {
    run()
    return true
  } catch (error) {
    return documented.some((kind) => error instanceof kind)
  }
}

const evaluated = (sql: string, payload: string | Uint8Array) =>
  evaluateQuery(parseSql(sql, '2016-03-23'), messageOf(payload))

/** As above, for text that may be no statement at all. */
const isHandledStatement = (sql: string, payload: string | Uint8Array): boolean =>
  isHandled(() => evaluated(sql, payload), SqlParseError, SqlEvaluationError)

const fragments = fc.constantFrom(
  ...'SELECT,FROM,WHERE,AS,VALUE,CASE,WHEN,THEN,ELSE,END,AND,OR,NOT,IN,EXISTS,SET,NULL,true,@x,(,),[,],{,},.,:,=,<>,<,+,-,*,/,%'.split(
    ',',
  ),
  ',',
  "'a'",
  '"b"',
  '1',
  '2.5',
  '1e300',
  'a',
  'b',
  "'a/b'",
  'upper(',
  'concat(',
  'regexp_replace(',
  'cast(',
  'get(',
  'substring(',
  'power(',
  "'(a*)*b'",
)

const operand = fc.constantFrom(
  'a',
  'b',
  'c.d',
  'e',
  'missing',
  'null',
  'true',
  '0',
  '7',
  '2.5',
  '1e300',
  "'12'",
  "'x'",
  "'(a|b)*'",
  '*',
  "'yyyy-MM'",
  '-3',
)
const functions = {
  1: 'abs,acos,bitnot,ceil,chr,concat,floor,get_or_default,isnull,length,ln,lower,md2,round,sha256,sqrt,topic,upper',
  2: 'atan2,bitand,endswith,get,get_or_default,indexof,lpad,mod,nanvl,parse_time,power,regexp_matches,regexp_substr,startswith,substring,time_to_epoch,trunc',
  3: 'concat,parse_time,regexp_replace,replace,substring,transform',
}
const signatures = Object.entries(functions).flatMap(([count, names]) =>
  names.split(',').map((name) => ({ name, count: Number(count) })),
)
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    operand.filter((text) => text !== '*'),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '%', '=', '<', 'AND', 'OR', 'IN'),
        tie('expression'),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(
        fc.constantFrom(...signatures),
        fc.array(fc.oneof(tie('expression'), operand), { minLength: 3, maxLength: 3 }),
      )
      .map(([{ name, count }, args]) => `${name}(${args.slice(0, count).join(', ')})`),
    fc
      .tuple(tie('expression'), tie('expression'))
      .map(([value, where]) => `(SELECT VALUE ${value} FROM e AS i WHERE ${where})`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    tie('expression').map((value) => `cast(${value} AS Int)`),
  ),
}))

const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.json({ maxDepth: 4 }),
  fc
    .record({
      a: fc.jsonValue({ maxDepth: 2 }),
      b: fc.string(),
      c: fc.record({ d: fc.double() }),
      e: fc.array(fc.jsonValue({ maxDepth: 1 })),
    })
    .map((body) => JSON.stringify(body)),
)

describe('any input', () => {
  it('is a statement, or refused with its place, whatever the text is', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 200 }))
    fc.assert(
      fc.property(texts, (text) => {
        expect(isHandledStatement(text, '{}')).toBe(true)
        expect(isHandledStatement(`SELECT ${text}`, '{}')).toBe(true)
      }),
    )
  })

  it('is handled when it is made of the pieces of the language', () => {
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 30 }), payloads, (pieces, payload) => {
        expect(isHandledStatement(`SELECT ${pieces.join(' ')}`, payload)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is accepted and evaluated when it is well-formed, whatever the payload is', () => {
    fc.assert(
      fc.property(expression, payloads, (text, payload) => {
        for (const sql of [
          `SELECT ${text} AS x, * FROM 'a/b'`,
          `SELECT VALUE (${text}) FROM 'a/b' WHERE NOT a = ${text}`,
        ])
          expect(isHandled(() => evaluated(sql, payload), SqlEvaluationError)).toBe(true)
      }),
      { numRuns: 800 },
    )
  })

  it('is a template, or refused with its place', () => {
    const pieces = fc.array(fc.oneof(fragments, fc.constantFrom('$', '${', '}', '$$')), { maxLength: 20 })
    fc.assert(
      fc.property(pieces, (all) => {
        const run = () => evaluateTemplate(parseTemplate(all.join(''), '2016-03-23'), messageOf('{"a":1}'))
        expect(isHandled(run, SqlParseError, SqlEvaluationError)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('comes out as it went in when it is a JSON object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (body) => {
        const result = evaluateQuery(parseSql('SELECT *', '2016-03-23'), messageOf(JSON.stringify(body)))
        const text = result.matched && result.output.kind === 'json' ? result.output.text : ''
        expect(JSON.parse(text)).toEqual(
          JSON.parse(JSON.stringify(body, (_, value) => (Object.is(value, -0) ? 0 : value))),
        )
      }),
    )
  })
})

describe('the budget', () => {
  const big = JSON.stringify({
    a: Array.from({ length: 20_000 }, (_, index) => index),
    t: 'a'.repeat(60_000),
    u: `${'a'.repeat(29_999)}b`,
  })
  it.each([
    [
      'nested queries over a long array',
      'SET @a = a SELECT (SELECT VALUE 1 FROM @a WHERE exists (SELECT * FROM @a)) AS x',
    ],
    ['a product of nested queries', 'SET @a = a SELECT (SELECT (SELECT VALUE 1 FROM @a) AS y FROM a) AS x'],
    [
      'text that doubles',
      `SET @b = t + t${Array.from({ length: 8 }, (_, index) => `, @b${index} = ${index === 0 ? '@b + @b' : `@b${index - 1} + @b${index - 1}`}`).join('')} SELECT @b7 AS x`,
    ],
    ['replacements that grow', "SELECT replace(t, 'a', t) AS x"],
    ['regular replacements that grow', "SELECT regexp_replace(t, 'a', t) AS x"],
    ['output that refers to one value many times', 'SET @t = t SELECT (SELECT VALUE @t FROM a) AS x'],
    ['a search for a long text', 'SELECT indexof(t, u) AS x'],
    ['a regular expression with many ways', "SELECT regexp_matches(t, '(a?){200}a{200}b') AS x"],
    ['remainders of numbers far apart', 'SET @a = a SELECT (SELECT VALUE 9.1e999 % 7.3e-990 FROM @a) AS x'],
    ['remainders by function', 'SET @a = a SELECT (SELECT VALUE mod(9.1e999, 7.3e-990) FROM @a) AS x'],
    ['arrays that grow', `SELECT concat(${'a, '.repeat(60)}a) AS x`],
    [
      'aliases that copy',
      `SELECT ${Array.from({ length: 3000 }, (_, index) => `${index} AS o.x${index}`).join(', ')}`,
    ],
  ])('ends %s', (_, sql) =>
    expect(() => evaluateQuery(parseSql(sql, '2016-03-23'), messageOf(big))).toThrow(SqlEvaluationError),
  )

  it('reads no number out of a long text, however often it is asked', () => {
    const long = JSON.stringify({ t: '1'.repeat(60_000), u: '0.'.padEnd(2048, '1'), a: [1, 2] })
    const sql = 'SET @t = t SELECT (SELECT VALUE @t - 1 FROM a) AS x, u - 0.1 > 0 AS y'
    const result = evaluateQuery(parseSql(sql, '2016-03-23'), messageOf(long))
    expect(result).toMatchObject({ output: { text: '{"x":[],"y":true}' } })
  })

  it('lets long but plain statements through', () => {
    const sum = Array.from({ length: 10_000 }, () => '1').join(' + ')
    const result = evaluateQuery(parseSql(`SELECT ${sum} AS x`, '2016-03-23'), messageOf('{}'))
    expect(result).toMatchObject({ output: { text: '{"x":10000}' } })
  })

  it('takes JSON nested too deep for bytes', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    expect(evaluateQuery(parseSql('SELECT *', '2016-03-23'), messageOf(deep))).toMatchObject({
      output: { kind: 'bytes' },
    })
  })
})

describe('regular expressions', () => {
  const atoms = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    String.raw`\w`,
    String.raw`\d`,
    '(a|b)',
    '(?:ab)',
    '^',
    '$',
    String.raw`\b`,
    'c',
    '(a|ab)',
    '[b-d]',
  )
  const quantifiers = fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '{2}', '{1,2}', '{0,1}?')
  const plain = fc
    .array(fc.tuple(atoms, quantifiers), { minLength: 1, maxLength: 6 })
    .map((parts) =>
      parts.map(([atom, quantifier]) => (/^(?:\^|\$|\\b)$/.test(atom) ? atom : atom + quantifier)).join(''),
    )

  it('match as an engine that backtracks does', () => {
    fc.assert(
      fc.property(plain, fc.stringMatching(/^[abcd1 ]{0,12}$/), (source, text) => {
        const found = findMatch(compilePattern(source), text, { from: 0, budget: new Budget() })
        const wanted = new RegExp(source).exec(text)
        expect(found?.slice(0, 2)).toEqual(
          wanted ? [wanted.index, wanted.index + wanted[0].length] : undefined,
        )
      }),
      { numRuns: 3000 },
    )
  })

  it('are compiled, or refused, whatever the text is', () => {
    const symbols = String.raw`()[]{}|*+?^$.\a1,-&Q:<!=pd`.split('')
    const sources = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...symbols), { maxLength: 20 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(sources, (source) => {
        const run = () => findMatch(compilePattern(source), 'aab1-', { from: 0, budget: new Budget() })
        expect(isHandled(run, PatternError, SqlEvaluationError)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['(a*)*b', 'a'.repeat(5000), undefined],
    ['(a+)+$', `${'a'.repeat(5000)}!`, undefined],
    ['(x+x+)+y', 'x'.repeat(3000), undefined],
    ['(?i)HELLO', 'say hello', [4, 9]],
    ['(?i:H)i', 'HI hi', [3, 5]],
    ['(?m)^b$', 'a\nb\nc', [2, 3]],
    ['a(?s).b', 'a\nb', [0, 3]],
    [String.raw`\Qa.b\E+`, 'axb a.bb', [4, 8]],
    [String.raw`[\d\-x]+`, 'a-1x', [1, 4]],
    [String.raw`\p{Lu}\p{Alpha}`, 'aÉb', [1, 3]],
    [String.raw`\x41\u0042\x{43}\t`, 'ABC\t', [0, 4]],
    ['[]a]+', 'x]a', [1, 3]],
    ['€.', 'a€😀b', [1, 4]],
    ['b$', 'ab\n', [1, 2]],
    [String.raw`b\z`, 'ab\n', undefined],
    ['(?:(?:(?:){1000}){1000}){1000}x', 'x', [0, 1]],
  ])('%s is found at its place', (source, text, place) => {
    expect(findMatch(compilePattern(source), text, { from: 0, budget: new Budget() })?.slice(0, 2)).toEqual(
      place,
    )
  })

  it.each([
    '(',
    ')',
    '[a',
    '*a',
    'a**',
    'a{2',
    'a{3,2}',
    '[b-a]',
    '(?<1>a)',
    String.raw`\p{Nope}`,
    String.raw`\y`,
    'a\\',
    '(?P<n>a)',
  ])('refuse %s', (source) => expect(() => compilePattern(source)).toThrow(PatternError))

  it.each([
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?>a)',
    String.raw`(a)\1`,
    'a*+',
    '[a&&b]',
    '[a[b]]',
    'a{2000}',
    '(?:a{900}){9}',
    '(?x)a',
    'a'.repeat(3000),
    '('.repeat(60),
  ])('do not offer %s', (source) =>
    expect(() => compilePattern(source)).toThrow(expect.objectContaining({ reason: 'not-offered' })),
  )
})

describe('decimals', () => {
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), fc.integer({ min: -20, max: 20 }))
    .map(([digits, exponent]) => `${digits}e${exponent}`)

  it('are read back from their text', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const value = parseDecimal(text)!
        expect(compare(parseDecimal(decimalText(value))!, value)).toBe(0)
        expect(JSON.parse(decimalText(value))).toBeCloseTo(
          Number(text),
          5 - Math.ceil(Math.log10(Math.abs(Number(text)) + 1)),
        )
      }),
    )
  })

  it('add and divide like numbers', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1 }), (left, right) => {
        const [a, b] = [intOf(left)!, intOf(right)!]
        expect(decimalText(add(a, b)!)).toBe(String(left + right))
        expect(decimalText(divide(a, b)!)).toBe(String(Math.trunc(left / right) + 0))
        expect(divide(a, intOf(0)!)).toBeUndefined()
      }),
    )
  })

  it.each([
    ['1e1000', undefined],
    ['1e-1000', '0'],
    ['1e999999999999', undefined],
    ['12345678901234567890123456789012345', '1.234567890123456789012345678901234E+34'],
    // rounded once, from all its digits
    ['81084574836874347142601177.3084770256', '81084574836874347142601177.30847703'],
    ['0.10', '0.10'],
    ['0.00', '0.00'],
    ['-0', '0'],
    ['1e-9', '1E-9'],
    ['100e20', '10000000000000000000000'],
    ['1.0e40', '1.0E+40'],
    ['0e5', '0'],
    ['--1', undefined],
  ])('%s is %s', (text, expected) => {
    const value = parseDecimal(text)
    expect(value && decimalText(value)).toBe(expected)
  })
})

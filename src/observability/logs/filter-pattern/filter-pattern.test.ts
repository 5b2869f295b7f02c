import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFilterPattern } from './index.ts'

const matches = (pattern: string, message: string) => parseFilterPattern(pattern)(message)

describe('terms', () => {
  it.each([
    ['', 'anything', true],
    ['   ', 'anything', true],
    ['" "', 'nospace', true],
    ['ERROR', '[ERROR 400] BAD', true],
    ['ERROR', 'ERRORCODE: -1', true],
    ['error', 'ERROR', false],
    ['ERROR Exception', 'Exception in ERROR', true],
    ['ERROR Exception', 'ERROR alone', false],
    ['"ERROR Exception"', 'ERROR and Exception', false],
    ['"ERROR Exception"', 'an ERROR Exception', true],
    ['ERROR -Exiting', 'Exiting with ERRORCODE', false],
    ['ERROR -Exiting', 'ERROR', true],
    ['-"exit 1"', 'exit 1', false],
    ['-"exit 1"', 'exit 2', true],
    ['?ERROR ?WARN', 'a WARN', true],
    ['?ERROR ?WARN', 'an INFO', false],
    ['?"a b" ?c', 'a b', true],
    ['?ERROR INFO', 'INFO', true],
    ['?ERROR INFO', 'ERROR', false],
    ['"say \\"hi\\""', 'they say "hi"', true],
    ['"a\\\\b"', 'a\\b', true],
    ['Grüße', 'viele Grüße', true],
    ['__proto__', 'a __proto__ b', true],
  ])('%j on %j is %j', (pattern, message, expected) => {
    expect(matches(pattern, message)).toBe(expected)
  })
})

const record = JSON.stringify({
  a: 'text',
  n: 5,
  f: -1.5,
  t: true,
  nil: null,
  list: [{ x: 'one' }, { x: 'two' }],
  deep: { 'a.b': { c: 'x' }, e: 'AccessDenied: no' },
  digits: '400',
})

describe('JSON', () => {
  it.each([
    ['{ $.a = "text" }', true],
    ['{ $.a = text }', true],
    ['{$.a="text"}', true],
    ['{ $.a = "te*" }', true],
    ['{ $.a = "*x*" }', true],
    ['{ $.a = "*" }', true],
    ['{ $.a = "t*x*t" }', true],
    ['{ $.a = "text*text" }', false],
    ['{ $.a = "Text" }', false],
    ['{ $.a != "text" }', false],
    ['{ $.a != "other*" }', true],
    ['{ $.missing != "x" }', false],
    ['{ $.missing = "*" }', false],
    ['{ $.n = 5 }', true],
    ['{ $.n = 5.0 }', true],
    ['{ $.n != 5 }', false],
    ['{ $.n > 4 }', true],
    ['{ $.n >= 5 }', true],
    ['{ $.n < 5 }', false],
    ['{ $.n <= 5e0 }', true],
    ['{ $.f < -1 }', true],
    ['{ $.a > 1 }', false],
    ['{ $.digits = 4* }', true],
    ['{ $.digits >= 400 }', true],
    ['{ $.t IS TRUE }', true],
    ['{ $.t is false }', false],
    ['{ $.nil IS NULL }', true],
    ['{ $.a IS NULL }', false],
    ['{ $.missing IS NULL }', false],
    ['{ $.missing NOT EXISTS }', true],
    ['{ $.a NOT EXISTS }', false],
    ['{ $.list[1].x = "two" }', true],
    ['{ $.list[2].x NOT EXISTS }', true],
    ['{ $.list = "one" }', false],
    ["{ $.deep['a.b'].c = x }", true],
    ['{ $.deep.["a.b"].c = x }', true],
    ['{ $.deep.e = "AccessDenied*" }', true],
    ['{ $.a = "text" && $.n = 5 }', true],
    ['{ $.a = "text" && $.n = 6 }', false],
    ['{ $.a = "no" || $.n = 5 }', true],
    ['{ $.a = "text" || $.n = 6 && $.n = 7 }', true],
    ['{ ($.a = "text" || $.n = 6) && $.n = 7 }', false],
    ['{ (($.n > 1) && ($.n < 9)) }', true],
    ['{ $.__proto__ NOT EXISTS }', true],
    ['{ $.constructor NOT EXISTS }', true],
    ['{ $.a.length NOT EXISTS }', true],
    ['{ $.list.length NOT EXISTS }', false],
  ])('%s', (pattern, expected) => {
    expect(matches(pattern, record)).toBe(expected)
  })

  it.each(['plain text', '{"a": "text"', 'INFO {"a":"text"}', '', '"text"', '5'])(
    'never matches %j',
    (message) => {
      expect(matches('{ $.missing NOT EXISTS }', message)).toBe(false)
    },
  )
})

describe('columns', () => {
  const line = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
  it.each([
    ['[ip, id, user, timestamp, request, status, bytes]', true],
    ['[ip, id, user, timestamp, request, status]', false],
    ['[ip, id, user, timestamp, request, status = 4*, bytes]', true],
    ['[ip, id, user, timestamp, request, status = 5*, bytes]', false],
    ['[ip, id, user, timestamp, request = "GET *", status, bytes > 1000]', true],
    ['[..., status = 404, bytes]', true],
    ['[ip = 127.*, ...]', true],
    ['[ip, ..., bytes < 1000]', false],
    ['[ip, id = Prod && id != Test, ...]', true],
    ['[ip, id = Test || id = Prod, ...]', true],
    ['[...]', true],
  ])('%s', (pattern, expected) => {
    expect(matches(pattern, line)).toBe(expected)
  })

  it('takes what is never closed as one column', () => {
    expect(matches('[a, b]', 'x [y z')).toBe(true)
    expect(matches('[a, b]', 'x "y z')).toBe(true)
  })
})

describe('refusals', () => {
  it.each([
    ['{ $.a = 1', "must end with '}'"],
    ['{', "must end with '}'"],
    ['[a, b', "must end with ']'"],
    ['[]', 'a field is empty'],
    ['[a,]', 'a field is empty'],
    ['[a, b = "x]', 'is not closed'],
    ['[..., a, ...]', 'more than once'],
    ['[a = ]', 'ends too early'],
    ['{}', 'ends too early'],
    ['{ $.a }', 'ends too early'],
    ['{ $.a = }', 'ends too early'],
    ['{ $.a == 1 }', "'=' at 7 is no value"],
    ['{ a = 1 }', "'a' at 2 is no field"],
    ['{ $ = 1 }', 'is no field'],
    ['{ $.a = 1 $.b = 2 }', 'is not expected'],
    ['{ ($.a = 1 }', "')' is missing"],
    ['{ $.a = 1) }', 'is not expected'],
    ['{ $.a & $.b }', 'cannot read'],
    ['{ $.a > "x" }', "'x' after > is no number"],
    ['{ $.a IS MAYBE }', "'IS MAYBE' at 6 is no comparison"],
    ['{ $.a = %x% }', 'regular expressions'],
    ['%AUTH%', 'regular expressions'],
    ['foo.bar', "Invalid character(s) in term 'foo.bar'"],
    ['-', 'Invalid character(s)'],
    ['"open', 'is not closed'],
  ])('%s', (pattern, why) => {
    expect(() => parseFilterPattern(pattern)).toThrow(
      expect.objectContaining({ code: 'InvalidParameterException', message: expect.stringContaining(why) }),
    )
  })

  it('either refuses a pattern as a parameter or answers every message', () => {
    const pieces = '{ } [ ] ( ) $ .a = != && || " x 4* , ... ? -'.split(' ')
    const piece = fc.constantFrom(' ', ...pieces)
    const pattern = fc.array(piece, { maxLength: 24 }).map((chosen) => chosen.join(''))
    const framed = fc.oneof(
      pattern,
      pattern.map((text) => `{${text}}`),
      pattern.map((text) => `[${text}]`),
    )
    const outcome = (text: string, message: string) => {
      try {
        return typeof matches(text, message)
      } catch (error) {
        return (error as { code?: unknown }).code
      }
    }
    const property = fc.property(framed, fc.oneof(fc.string(), fc.json()), (text, message) => {
      expect(['boolean', 'InvalidParameterException']).toContain(outcome(text, message))
    })
    fc.assert(property, { numRuns: 2000 })
  })

  it('takes time in proportion to a hostile message', () => {
    const open = '[ " '.repeat(60_000)
    expect(matches('[a, b]', open)).toBe(false)
    expect(matches('{ $.a = "*a*a*a*a*b" }', JSON.stringify({ a: 'a'.repeat(200_000) }))).toBe(false)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonError, parseLenientJson } from './lenient-json.ts'

const limits = { maxLength: 10_000, maxDepth: 8 }
const parse = (text: string) => parseLenientJson(text, limits)

/** What it throws, if anything. */
function failure(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}

describe('lenient JSON', () => {
  it.each([
    ['{"a":"b\tc"}', { a: 'b\tc' }],
    ['{"a":"b\r\nc"}', { a: 'b\r\nc' }],
    ['["\\/", "\\u00e9\\n", "\\ud83d\\ude00"]', ['/', 'é\n', '😀']],
    ['\ufeff {"a": [1, -2.5e3, true, false, null]} ', { a: [1, -2500, true, false, null] }],
    ['{}', {}],
    ['[]', []],
    ['""', ''],
    ['{"__proto__":{"a":1},"constructor":2}', { ['__proto__']: { a: 1 }, constructor: 2 }],
  ])('reads %j', (text, value) => {
    expect(JSON.parse(JSON.stringify(parse(text)))).toEqual(value)
  })

  it('makes objects without a prototype, so no name in them is special', () => {
    expect(Object.getPrototypeOf(parse('{"__proto__":1}'))).toBeNull()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each([
    ['', 'expected a value, but the text ends at line 1, column 1'],
    ['{"a":1', 'expected "," or "}", but the text ends at line 1, column 7'],
    ['{\n  "a": 1,\n}', 'expected a name in double quotes, but "}" came at line 3, column 1'],
    ['{"a" 1}', 'expected ":", but "1" came at line 1, column 6'],
    ['[1 2]', 'expected "," or "]", but "2" came at line 1, column 4'],
    ['[1,]', 'expected a value, but "]" came'],
    ['"abc', 'expected the closing quote of a string, but the text ends'],
    ['"\\x"', 'expected an escape sequence, but "x" came'],
    ['"\\u12"', 'expected an escape sequence'],
    ['01', 'expected the end of the text, but "1" came'],
    ['{"a":1}{', 'expected the end of the text, but "{" came'],
    ["{'a':1}", 'expected a name in double quotes'],
    ['{"a":1,"a":2}', 'the name "a" stands twice in one object at line 1, column 8'],
    ['[[[[[[[[[1]]]]]]]]]', 'the text nests deeper than 8 levels'],
    ['nul', 'expected a value'],
    ['NaN', 'expected a value'],
  ])('refuses %j and says where', (text, message) => {
    expect(() => parse(text)).toThrow(message)
    expect(() => parse(text)).toThrow(JsonError)
  })

  it('refuses a text that is too long without reading it', () => {
    expect(() => parse(`"${'x'.repeat(10_000)}"`)).toThrow('at most 10000 are read')
  })

  it('reads all that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value)
        fc.pre(text.length < 10_000)
        expect(JSON.stringify(parse(text))).toBe(text)
      }),
    )
  })

  it('never fails but with its own error', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      'u',
      '0',
      '-',
      'e',
      'true',
      ' ',
      '\n',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((some) => some.join('')),
        ),
        (text) => {
          expect(failure(() => parse(text))).toSatisfy(
            (error) => error === undefined || error instanceof JsonError,
          )
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** Expected results as the AWS IoT Developer Guide, "AWS IoT SQL reference", gives them. */
import { describe, expect, it } from 'vitest'
import { resultOf, undefinedText } from '../testing/test-expressions.ts'

describe('arrays, objects and encodings', () => {
  it.each([
    ["get(['a', 'b', 'c'], 1)", '"b"'],
    ["get(['a', 'b', 'c'], '1.9')", '"b"'],
    ["get(['a'], 1)", undefinedText],
    ["get(['a'], -1)", undefinedText],
    ["get(['a'], true)", undefinedText],
    ["get({'a': 'b'}, 'a')", '"b"'],
    ["get({'1': 'b'}, 1)", undefinedText],
    ["get({'a': 'b'}, 'constructor')", undefinedText],
    ["get('abc', 0)", '"a"'],
    ['get(12, 0)', undefinedText],
    ["get(device, 'my-key')", '"k"'],
    ["get_or_default(missing, 'd')", '"d"'],
    ['get_or_default(null, 1)', '1'],
    ['get_or_default(false, 1)', 'false'],
    ['get_or_default(missing)', undefinedText],
    [
      "get_or_default(transform('enrichArray', attributes, (select value lpad('x', 1000) from e)), 'd')",
      '"d"',
    ],
    ['isNull(5)', 'false'],
    ['isNull(Null)', 'true'],
    ['isNull(missing)', 'false'],
    ['isUndefined(5)', 'false'],
    ['isUndefined(floor([1, 2, 3]))', 'true'],
    ['isUndefined(null)', 'false'],
    [
      "transform('enrichArray', attributes, values)",
      '[{"a":3,"data1":1,"data2":2},{"b":4,"data1":1,"data2":2},{"c":5,"data1":1,"data2":2}]',
    ],
    ["transform('other', attributes, values)", undefinedText],
    ["transform('enrichArray', attributes, [1])", undefinedText],
    [
      "transform('enrichArray', {'key': attributes.data1}, values)",
      '[{"a":3,"key":1},{"b":4,"key":1},{"c":5,"key":1}]',
    ],
    ["encode('hello', 'base64')", '"aGVsbG8="'],
    ['encode(12, "base64")', '"MTI="'],
    ["encode(null, 'base64')", undefinedText],
    ["decode(encoded, 'base64').temperature", '33'],
    ["decode('aGVsbG8=', 'base64')", '"hello"'],
    ["decode('not base64!', 'base64')", 'null'],
    ["decode('/w==', 'base64')", 'null'],
    ["decode(missing, 'base64')", undefinedText],
  ])('%s is %s', (expression, expected) => expect(resultOf(expression)).toBe(expected))
})

import { expect, it } from 'vitest'
import { parseParameters } from './parameters.ts'

it('takes a line as parameters, whatever their names', () => {
  const parameters = parseParameters({ text: '{"ThingName":"a","__proto__":"b"}' })
  expect([...parameters]).toEqual([
    ['ThingName', 'a'],
    ['__proto__', 'b'],
  ])
})

it.each([
  ['no JSON', '{"a":', 'it is no JSON'],
  ['a list', '[]', 'a JSON object'],
  ['null', 'null', 'a JSON object'],
  ['a number among its values', '{"a":1}', 'the parameter "a" must be a text'],
  ['a line that is too long', undefined, 'at most 262144 bytes'],
])('refuses %s', (_, text, message) => {
  expect(() => parseParameters(text === undefined ? {} : { text })).toThrow(message)
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ShadowError } from '../shadow-error.ts'
import { defaultShadowLimits as limits } from '../limits.ts'
import { findClientToken, parseUpdate } from './update-request.ts'

const parse = (text: string | Uint8Array) =>
  parseUpdate(typeof text === 'string' ? Buffer.from(text) : text, limits)

/** `{"a":{"a": ... 1}}`, as many levels of names. */
const nested = (levels: number, opening = '{"a":', closing = '}') =>
  opening.repeat(levels) + '1' + closing.repeat(levels)

it.each([
  ['nothing', '', 400, 'Invalid JSON'],
  ['spaces', '  ', 400, 'Invalid JSON'],
  ['half a document', '{"state":', 400, 'Invalid JSON'],
  ['a trailing comma', '{"state":{},}', 400, 'Invalid JSON'],
  ['two documents', '{"state":{}}{}', 400, 'Invalid JSON'],
  ['single quotes', "{'state':{}}", 400, 'Invalid JSON'],
  ['a number that is none', '{"state":{"reported":{"a":NaN}}}', 400, 'Invalid JSON'],
  ['a list', '[]', 400, 'Invalid JSON'],
  ['a text', '"state"', 400, 'Invalid JSON'],
  ['a number', '5', 400, 'Invalid JSON'],
  ['a long number', '12345678901234567890', 400, 'Invalid JSON'],
  ['null', 'null', 400, 'Invalid JSON'],
  [
    'a list of long numbers, thousands deep',
    nested(50_000, '[', ']').replace('1', '12345678901234567'),
    400,
    'Invalid JSON',
  ],
  ['an empty document', '{}', 400, 'Missing required node: state'],
  ['sections without a state', '{"desired":{"a":1}}', 400, 'Missing required node: state'],
  ['a state by another name', '{"State":{}}', 400, 'Missing required node: state'],
  ['a state of the prototype', '{"__proto__":{"state":{}}}', 400, 'Missing required node: state'],
  ['a list as state', '{"state":[]}', 400, 'State node must be an object'],
  ['a text as state', '{"state":"on"}', 400, 'State node must be an object'],
  ['a long number as state', '{"state":12345678901234567890}', 400, 'State node must be an object'],
  ['false as state', '{"state":false}', 400, 'State node must be an object'],
  ['a list as desired', '{"state":{"desired":[]}}', 400, 'Desired node must be an object'],
  ['a number as desired', '{"state":{"desired":1}}', 400, 'Desired node must be an object'],
  ['a text as reported', '{"state":{"reported":""}}', 400, 'Reported node must be an object'],
  ['false as reported', '{"state":{"desired":{},"reported":false}}', 400, 'Reported node must be an object'],
  ['a delta', '{"state":{"delta":{"a":1}}}', 400, "State contains an invalid node: 'delta'"],
  ['a value beside the sections', '{"state":{"on":true}}', 400, "State contains an invalid node: 'on'"],
  ['a section by another name', '{"state":{"Desired":{}}}', 400, "State contains an invalid node: 'Desired'"],
  ['an unlawful section that is null', '{"state":{"x":null}}', 400, "State contains an invalid node: 'x'"],
  ['null in a list', '{"state":{"desired":{"a":[null,1]}}}', 400, 'State contains an invalid node'],
  ['null in a list in a list', '{"state":{"desired":{"a":[[null]]}}}', 400, 'State contains an invalid node'],
  [
    'null in an object in a list',
    '{"state":{"reported":{"a":[{"b":null}]}}}',
    400,
    'State contains an invalid node',
  ],
  [
    'a ninth level in desired',
    `{"state":{"desired":${nested(10)}}}`,
    400,
    'JSON contains too many levels of nesting; maximum is 8',
  ],
  [
    'a ninth level in reported',
    `{"state":{"reported":${nested(10)}}}`,
    400,
    'JSON contains too many levels of nesting; maximum is 8',
  ],
  [
    'a ninth level of lists',
    `{"state":{"reported":{"a":${nested(9, '[', ']')}}}}`,
    400,
    'JSON contains too many levels of nesting; maximum is 8',
  ],
  [
    'levels without end',
    `{"state":{"reported":${nested(10_000)}}}`,
    400,
    'JSON contains too many levels of nesting; maximum is 8',
  ],
  ['a version below 0', '{"state":{},"version":-1}', 400, 'Invalid version'],
  ['half a version', '{"state":{},"version":1.5}', 400, 'Invalid version'],
  ['a version as text', '{"state":{},"version":"1"}', 400, 'Invalid version'],
  ['a version beyond counting', '{"state":{},"version":12345678901234567890}', 400, 'Invalid version'],
  ['a version that is an object', '{"state":{},"version":{}}', 400, 'Invalid version'],
  [
    'a client token of 65 bytes',
    `{"state":{},"clientToken":"${'x'.repeat(65)}"}`,
    400,
    'Invalid clientToken',
  ],
  [
    'a client token of 33 letters of 2 bytes',
    `{"state":{},"clientToken":"${'ü'.repeat(33)}"}`,
    400,
    'Invalid clientToken',
  ],
  ['a number as client token', '{"state":{},"clientToken":5}', 400, 'Invalid clientToken'],
  ['an object as client token', '{"state":{},"clientToken":{}}', 400, 'Invalid clientToken'],
  ['a bad token and no state', '{"clientToken":5}', 400, 'Invalid clientToken'],
  [
    'Latin-1',
    Buffer.from('{"state":{"reported":{"a":"ü"}}}', 'latin1'),
    415,
    'Unsupported documented encoding; supported encoding is UTF-8',
  ],
  [
    'UTF-16',
    Buffer.from('\uFEFF{"state":{"reported":{}}}', 'utf16le'),
    415,
    'Unsupported documented encoding; supported encoding is UTF-8',
  ],
  [
    'an overlong encoding',
    Buffer.from([0x22, 0xc0, 0x80, 0x22]),
    415,
    'Unsupported documented encoding; supported encoding is UTF-8',
  ],
  [
    'more than a message may have',
    `{"state":{}}${' '.repeat(131_072)}`,
    413,
    'The payload exceeds the maximum size allowed',
  ],
])('refuses %s', (_what, text, code, message) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code, message }) as Error)
})

it.each([
  ['a state', '{"state":{"desired":{"a":1}}}', { state: { desired: { a: 1 } } }],
  [
    'both sections',
    '{"state":{"desired":{"a":1},"reported":{"a":2}}}',
    { state: { desired: { a: 1 }, reported: { a: 2 } } },
  ],
  ['an empty state', '{"state":{}}', { state: {} }],
  ['no state any more', '{"state":null}', { state: null }],
  [
    'no section any more',
    '{"state":{"desired":null,"reported":{}}}',
    { state: { desired: null, reported: {} } },
  ],
  ['nulls', '{"state":{"desired":{"a":{"b":null}}}}', { state: { desired: { a: { b: null } } } }],
  ['an empty list', '{"state":{"desired":{"a":[]}}}', { state: { desired: { a: [] } } }],
  ['eight levels of names', `{"state":{"desired":${nested(9)}}}`, {}],
  ['a version', '{"state":{},"version":3}', { state: {}, version: 3 }],
  ['version 0', '{"state":{},"version":0}', { state: {}, version: 0 }],
  ['null for what may be absent', '{"state":{},"version":null,"clientToken":null}', { state: {} }],
  [
    'a client token of 64 bytes',
    `{"state":{},"clientToken":"${'ü'.repeat(32)}"}`,
    { clientToken: 'ü'.repeat(32) },
  ],
  ['an empty client token', '{"state":{},"clientToken":""}', { clientToken: '' }],
  ['what else there is', '{"state":{},"metadata":5,"timestamp":[],"x":{"state":1}}', { state: {} }],
  ['a byte order mark', '\uFEFF{"state":{}}', { state: {} }],
  [
    'the last of a name that comes twice',
    '{"state":{"desired":{"a":1,"a":2}}}',
    { state: { desired: { a: 2 } } },
  ],
])('reads %s', (_what, text, request) => {
  expect(parse(text)).toMatchObject(request)
})

it('keeps numbers that no double is equal to', () => {
  const section =
    '{"id":12345678901234567890,"ns":1763700000123456789,"x":0.12345678901234567890,"y":1e400,"z":[9007199254740993]}'
  const request = parse(`{"state":{"reported":${section}}}`)
  expect(JSON.stringify(request.state)).toBe(`{"reported":${section}}`)
})

it.each([
  ['{"clientToken":"t"}', 't'],
  ['{"clientToken":"t","state":5}', 't'],
  ['{"clientToken":""}', ''],
  ['', undefined],
  ['{}', undefined],
  ['{"clientToken":5}', undefined],
  [`{"clientToken":"${'x'.repeat(65)}"}`, undefined],
  ['{"clientToken":"t"', undefined],
  ['["clientToken"]', undefined],
])('finds the client token of %s', (text, token) => {
  expect(findClientToken(Buffer.from(text), limits)).toBe(token)
})

/** Lawful requests, with a byte changed, put in, or taken away. */
const damaged = fc
  .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat({ max: 2 }))
  .map(([section, at, byte, kind]) => {
    const bytes = [...Buffer.from(`{"state":{"reported":${section}},"version":1,"clientToken":"t"}`)]
    bytes.splice(at % bytes.length, kind === 0 ? 0 : 1, ...(kind === 2 ? [] : [byte]))
    return Uint8Array.from(bytes)
  })

it('reads or refuses whatever comes, and never fails otherwise', () => {
  let refused = 0
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 40 })), (payload) => {
      try {
        expect(typeof parse(payload).state).toBe('object')
      } catch (error) {
        if (!(error instanceof ShadowError)) throw error
        refused++
      }
      findClientToken(payload, limits)
    }),
    { numRuns: 3000 },
  )
  expect(refused).toBeGreaterThan(100)
})

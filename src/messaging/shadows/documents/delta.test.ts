import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDelta } from './delta.ts'
import { isObject, parseJson, type Json, type JsonObject } from './json.ts'
import { merge, stamp } from './merge.ts'

const t = { timestamp: 100 }
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))

const deltaOf = (desired: Json | undefined, reported: Json | undefined) =>
  findDelta(desired === undefined ? undefined : { state: desired, metadata: stamp(desired, 100) }, reported)

it.each<[string, Json | undefined, Json | undefined, Json | undefined, Json | undefined]>([
  ['nothing is desired', undefined, { a: 1 }, undefined, undefined],
  ['nothing is there', undefined, undefined, undefined, undefined],
  ['nothing is reported', { a: 1 }, undefined, { a: 1 }, { a: t }],
  ['all is as desired', { a: 1 }, { a: 1 }, undefined, undefined],
  ['more is reported than desired', { a: 1 }, { a: 1, b: 2 }, undefined, undefined],
  ['a value differs', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 2 }, { b: t }],
  ['a value is not reported', { a: 1, b: 2 }, { a: 1 }, { b: 2 }, { b: t }],
  ['types differ', { a: 1 }, { a: '1' }, { a: 1 }, { a: t }],
  ['false is not 0', { a: false }, { a: 0 }, { a: false }, { a: t }],
  [
    'a value is below',
    { l: { r: 255, g: 255 } },
    { l: { r: 255, g: 0 } },
    { l: { g: 255 } },
    { l: { g: t } },
  ],
  [
    'a value is far below',
    { a: { b: { c: 1 } } },
    { a: { b: { c: 2 } } },
    { a: { b: { c: 1 } } },
    { a: { b: { c: t } } },
  ],
  ['an object is desired for a value', { a: { b: 1 } }, { a: 1 }, { a: { b: 1 } }, { a: { b: t } }],
  ['a value is desired for an object', { a: 1 }, { a: { b: 1 } }, { a: 1 }, { a: t }],
  ['an item differs', { a: [1, 2] }, { a: [1, 3] }, { a: [1, 2] }, { a: [t, t] }],
  ['the order of items differs', { a: [1, 2] }, { a: [2, 1] }, { a: [1, 2] }, { a: [t, t] }],
  ['an array is longer', { a: [1] }, { a: [1, 2] }, { a: [1] }, { a: [t] }],
  ['arrays are the same', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, undefined, undefined],
  [
    'members of an item are in another order',
    { a: [{ b: 1, c: 2 }] },
    { a: [{ c: 2, b: 1 }] },
    undefined,
    undefined,
  ],
  [
    'an item has a member more',
    { a: [{ b: 1 }] },
    { a: [{ b: 1, c: 2 }] },
    { a: [{ b: 1 }] },
    { a: [{ b: t }] },
  ],
  ['an array is not an object', { a: [] }, { a: { 0: 1 } }, { a: [] }, { a: [] }],
  ['an empty object is desired and not reported', { a: 1, d: {} }, { a: 1 }, { d: {} }, { d: {} }],
  [
    'an empty object is desired for a value',
    { a: { c: {} } },
    { a: { c: 3 } },
    { a: { c: {} } },
    { a: { c: {} } },
  ],
  ['an empty object is desired and more reported', { a: {} }, { a: { b: 1 } }, undefined, undefined],
  ['a name of a prototype is not reported', { toString: 'x' }, {}, { toString: 'x' }, { toString: t }],
])('when %s', (_what, desired, reported, state, metadata) => {
  const delta = deltaOf(desired, reported)
  expect(plain(delta?.state)).toEqual(state)
  expect(plain(delta?.metadata)).toEqual(metadata)
})

it.each([
  ['12345678901234567890', '12345678901234567890', true],
  ['12345678901234567890', '12345678901234567891', false],
  ['1.0', '1', true],
  ['1e2', '100', true],
  ['0.1234567890123456789', '0.1234567890123456789', true],
  ['1e400', '1e400', true],
  ['1e400', '2e400', false],
])('compares the numbers %s and %s', (desired, reported, isSame) => {
  const delta = deltaOf(parseJson(`{"a":${desired}}`), parseJson(`{"a":${reported}}`))
  expect(delta === undefined).toBe(isSame)
})

const leaf = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.boolean(), fc.constantFrom('', 'a', 'b'))
const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'timestamp')
const { value: values } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(leaf, { maxLength: 2 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3 }),
  ),
}))
/** What can be in a shadow: no empty section. */
const section = fc
  .dictionary(names, values, { maxKeys: 3 })
  .map((state) => merge(undefined, state, 100))
  .filter((stamped) => stamped !== undefined)
  .filter(({ state }) => Object.keys(state as JsonObject).length > 0)

/** True when a device that reports so has done all that is desired. */
function covers(reported: Json | undefined, desired: Json): boolean {
  if (!isObject(desired)) return JSON.stringify(sorted(reported)) === JSON.stringify(sorted(desired))
  if (!isObject(reported)) return false
  return Object.entries(desired).every(
    ([name, value]) => Object.hasOwn(reported, name) && covers(reported[name], value),
  )
}

const sorted = (value: Json | undefined): unknown =>
  isObject(value) ? { members: Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)) } : value

describe('for any desired and reported state', () => {
  it('there is no delta exactly when what is reported covers what is desired', () => {
    fc.assert(
      fc.property(section, fc.option(section), (desired, reported) => {
        const delta = findDelta(desired, reported?.state)
        expect(delta === undefined).toBe(covers(reported?.state, desired.state))
      }),
      { numRuns: 1000 },
    )
  })

  it('reporting the delta leaves nothing to do, and keeps what was reported beside it', () => {
    fc.assert(
      fc.property(section, section, (desired, reported) => {
        const delta = findDelta(desired, reported.state)
        const after = delta ? merge(reported, delta.state, 200) : reported
        expect(findDelta(desired, after?.state)).toBeUndefined()
        const untouched = Object.keys(reported.state as JsonObject).filter(
          (name) => !Object.hasOwn(desired.state as JsonObject, name),
        )
        const members = (after?.state ?? {}) as JsonObject
        for (const name of untouched) expect(members[name]).toEqual((reported.state as JsonObject)[name])
      }),
      { numRuns: 1000 },
    )
  })

  it('times have the shape of the values', () => {
    fc.assert(
      fc.property(section, section, (desired, reported) => {
        const delta = findDelta(desired, reported.state)
        expect(plain(delta?.metadata)).toEqual(plain(delta && stamp(delta.state, 100)))
        const merged = merge(desired, reported.state, 100)
        expect(plain(merged?.metadata)).toEqual(plain(stamp(merged?.state ?? null, 100)))
      }),
    )
  })
})

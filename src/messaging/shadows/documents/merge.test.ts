import { expect, it } from 'vitest'
import type { Json } from './json.ts'
import { merge, stamp, type Stamped } from './merge.ts'

/** When the current state was set, and when it is changed. */
const then = 100
const now = 200
const t = { timestamp: then }
const n = { timestamp: now }

const stamped = (state: Json | undefined): Stamped | undefined =>
  state === undefined ? undefined : { state, metadata: stamp(state, then) }

/** Prototypes do not count. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))

it.each<[string, Json | undefined, Json, Json | undefined, Json | undefined]>([
  ['begins with nothing', undefined, { a: 1 }, { a: 1 }, { a: n }],
  ['adds a member', { a: 1 }, { b: 2 }, { a: 1, b: 2 }, { a: t, b: n }],
  ['replaces a value', { a: 1, b: 2 }, { a: 3 }, { a: 3, b: 2 }, { a: n, b: t }],
  ['stamps what is set again', { a: 1 }, { a: 1 }, { a: 1 }, { a: n }],
  ['keeps what it does not name', { a: 1 }, {}, { a: 1 }, { a: t }],
  ['merges objects', { a: { b: 1, c: 2 } }, { a: { c: 3 } }, { a: { b: 1, c: 3 } }, { a: { b: t, c: n } }],
  [
    'adds below',
    { a: { b: 1 } },
    { a: { c: { d: 1 } } },
    { a: { b: 1, c: { d: 1 } } },
    { a: { b: t, c: { d: n } } },
  ],
  ['takes a member away', { a: 1, b: 2 }, { a: null }, { b: 2 }, { b: t }],
  ['takes a member away below', { a: { b: 1, c: 2 } }, { a: { b: null } }, { a: { c: 2 } }, { a: { c: t } }],
  ['takes a whole object away', { a: { b: 1 }, c: 2 }, { a: null }, { c: 2 }, { c: t }],
  ['takes nothing away twice', { a: 1 }, { b: null }, { a: 1 }, { a: t }],
  ['takes nothing away below nothing', { a: 1 }, { b: { c: null } }, { a: 1, b: {} }, { a: t, b: {} }],
  ['leaves an object that lost its members', { a: { b: 1 } }, { a: { b: null } }, { a: {} }, { a: {} }],
  [
    'leaves it at any depth',
    { a: { b: { c: 1 } }, d: 1 },
    { a: { b: { c: null } } },
    { a: { b: {} }, d: 1 },
    { a: { b: {} }, d: t },
  ],
  ['leaves nothing of a section', { a: 1 }, null, undefined, undefined],
  ['makes nothing of null', undefined, null, undefined, undefined],
  ['keeps an empty object', { a: 1 }, { b: {} }, { a: 1, b: {} }, { a: t, b: {} }],
  ['keeps objects with nothing in them', undefined, { a: { b: {} } }, { a: { b: {} } }, { a: { b: {} } }],
  ['drops nulls from what is new', undefined, { a: { b: null, c: 1 } }, { a: { c: 1 } }, { a: { c: n } }],
  ['keeps an object that gets an empty one', { a: { b: 1 } }, { a: {} }, { a: { b: 1 } }, { a: { b: t } }],
  ['puts a value for an object', { a: { b: 1 } }, { a: 2 }, { a: 2 }, { a: n }],
  ['puts an object for a value', { a: 2 }, { a: { b: 1 } }, { a: { b: 1 } }, { a: { b: n } }],
  ['puts an array for an object', { a: { b: 1 } }, { a: [1] }, { a: [1] }, { a: [n] }],
  ['puts an object for an array', { a: [1, 2] }, { a: { b: 1 } }, { a: { b: 1 } }, { a: { b: n } }],
  ['puts an empty object for a value', { a: 1, b: 1 }, { a: {} }, { a: {}, b: 1 }, { a: {}, b: t }],
  ['puts a value for an empty object', { a: {} }, { a: 1 }, { a: 1 }, { a: n }],
  ['adds to an empty object', { a: {} }, { a: { b: 1 } }, { a: { b: 1 } }, { a: { b: n } }],
  ['replaces arrays whole', { a: ['R', 'G', 'B'] }, { a: ['R'] }, { a: ['R'] }, { a: [n] }],
  ['stamps each item', { a: 1 }, { a: [128, 128] }, { a: [128, 128] }, { a: [n, n] }],
  [
    'stamps what is inside items',
    undefined,
    { a: [{ b: 1 }, [2]] },
    { a: [{ b: 1 }, [2]] },
    { a: [{ b: n }, [n]] },
  ],
  ['keeps an empty array', undefined, { a: [] }, { a: [] }, { a: [] }],
  ['tells false from nothing', { a: true }, { a: false }, { a: false }, { a: n }],
  ['tells 0 from nothing', undefined, { a: 0 }, { a: 0 }, { a: n }],
  ['tells an empty text from nothing', undefined, { a: '' }, { a: '' }, { a: n }],
  [
    'takes a member named timestamp',
    { timestamp: 5 },
    { a: 1 },
    { timestamp: 5, a: 1 },
    { timestamp: t, a: n },
  ],
  [
    'tells a time from a member named timestamp',
    { a: { timestamp: 5 } },
    { a: { b: 1 } },
    { a: { timestamp: 5, b: 1 } },
    { a: { timestamp: t, b: n } },
  ],
  [
    'puts an object with a timestamp for a value',
    { a: 1 },
    { a: { timestamp: 5 } },
    { a: { timestamp: 5 } },
    { a: { timestamp: n } },
  ],
  ['takes an empty name', undefined, { '': 1 }, { '': 1 }, { '': n }],
])('%s', (_what, current, patch, state, metadata) => {
  const before = plain(current)
  const merged = merge(stamped(current), patch, now)
  expect(plain(merged?.state)).toEqual(state)
  expect(plain(merged?.metadata)).toEqual(metadata)
  expect(plain(current)).toEqual(before)
})

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'sees nothing special in the name %s',
  (name) => {
    const patch = JSON.parse(`{"${name}": {"on": 1}}`) as Json
    const merged = merge(merge(undefined, { a: 1 }, then), patch, now)
    expect(JSON.stringify(merged)).toBe(
      `{"state":{"a":1,"${name}":{"on":1}},"metadata":{"a":{"timestamp":100},"${name}":{"on":{"timestamp":200}}}}`,
    )
    expect(JSON.stringify(merge(merged, JSON.parse(`{"${name}": null}`) as Json, now)?.state)).toBe('{"a":1}')
    expect(({} as { on?: number }).on).toBeUndefined()
  },
)

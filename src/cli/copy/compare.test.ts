import { describe, expect, it } from 'vitest'
import { differences, judge, renamed } from './compare.ts'

describe('the differences of two descriptions', () => {
  it.each([
    [{}, {}, []],
    [{ description: '' }, {}, []],
    [{ ruleDisabled: false, actions: [] }, { actions: [] }, []],
    [{ attributePayload: { attributes: {} } }, {}, []],
    [{ description: 'a' }, { description: 'b' }, ['description']],
    [{ description: 'a' }, {}, ['description']],
    [{}, { thingTypeName: 'Lamp' }, ['thingTypeName']],
    [{ list: ['a', 'b'] }, { list: ['b', 'a'] }, ['list']],
    [{ attributes: { a: '1', b: '2' } }, { attributes: { b: '2', a: '1' } }, []],
    [JSON.parse('{"__proto__":"1"}') as object, {}, ['__proto__']],
  ])('of %j and %j are %j', (source, destination, names) => {
    expect(differences(source, destination)).toEqual(names)
  })
})

describe('what follows', () => {
  const about = { kind: 'policies', name: 'a' } as const

  it('is that something else is in the way, whatever tags there are', () => {
    const missing = new Map([['a', 'b']])
    expect(judge({ ...about, differing: ['x', 'y'], missing }, async () => {})).toEqual({
      ...about,
      state: 'in-the-way',
      why: 'what is there differs in x, y',
    })
  })

  it('is that tags are added where the rest is the same', () => {
    const missing = new Map([['a', 'b']])
    const item = judge({ ...about, differing: [], missing }, async () => {})
    expect(item).toMatchObject({ state: 'change', why: 'tags: a' })
    expect(judge({ ...about, differing: [] })).toEqual({ ...about, state: 'same' })
  })
})

it('renames each text of a description and nothing else', () => {
  const at = new Date(0)
  const value = { a: 'x', list: ['x', 1], at, none: undefined }
  expect(renamed(value, (text) => `${text}!`)).toEqual({ a: 'x!', list: ['x!', 1], at, none: undefined })
})

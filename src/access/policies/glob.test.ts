import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileGlob, matchesGlob } from './glob.ts'
import { parseText, type Token } from './template-text.ts'

const compile = (pattern: string) =>
  compileGlob(parseText(pattern, { hasWildcards: true, hasVariables: false }) as Token[])
const matches = (pattern: string, text: string) => matchesGlob(compile(pattern), text)

/** What the rules say, without a thought for speed. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] === '*')
    return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)))
  return (
    text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && naive(pattern.slice(1), text.slice(1))
  )
}

describe('wildcards', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['*', ''],
    ['*', 'a/b:c'],
    ['a*', 'a'],
    ['*a', 'ba'],
    ['a*c', 'abbc'],
    ['a*b*c', 'aXbYbZc'],
    ['?', 'x'],
    ['a?c', 'a/c'],
    ['*ab?d*', 'abcabcd'],
    ['a+b', 'a+b'],
    ['a/#', 'a/#'],
    ['(.*)', '(.abc)'],
    ['*.*.*', '1.2.3'],
  ])('%j matches %j', (pattern, text) => expect(matches(pattern, text)).toBe(true))

  it.each([
    ['', 'a'],
    ['a', ''],
    ['a', 'A'],
    ['a', 'ab'],
    ['a', 'ba'],
    ['?', ''],
    ['?', 'ab'],
    ['a*', 'ba'],
    ['*a', 'ab'],
    ['a*a', 'a'],
    ['ab*ba', 'aba'],
    ['a*b*c', 'acb'],
    ['a?', 'a'],
    ['a/+', 'a/b'],
    ['a/#', 'a/b'],
    ['[ab]', 'a'],
    ['a.c', 'abc'],
    ['*?*?', 'a'],
  ])('%j does not match %j', (pattern, text) => expect(matches(pattern, text)).toBe(false))

  it('agrees with a naive reference', () => {
    const pattern = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '?'), { maxLength: 8 })
      .map((some) => some.join(''))
    const text = fc.array(fc.constantFrom('a', 'b', '/', '*'), { maxLength: 10 }).map((some) => some.join(''))
    fc.assert(
      fc.property(pattern, text, (wild, plain) => {
        expect(matches(wild, plain)).toBe(naive(wild, plain))
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['many stars', '*a'.repeat(500), `${'a'.repeat(60_000)}b`, false],
    ['stars and gaps', '*a?'.repeat(300), 'a'.repeat(60_000).concat('b'), true],
    ['a long run', `*${'a'.repeat(1000)}b*`, 'a'.repeat(60_000), false],
  ])('takes no exponential time: %s', (_title, pattern, text, isMatch) => {
    expect(matches(pattern, text)).toBe(isMatch) // exponential time would never end
  })
})

/**
 * Regular expressions to a tree. What would need backtracking (backreferences, look-around, possessive and atomic
 * groups) is not offered: without it every match takes time linear in pattern times text.
 */
import {
  type CharacterTest,
  ignoringCase,
  isNoLineEnd,
  propertyClass,
  rangesClass,
  shorthandClasses,
} from './character-class.ts'
import { readEscape } from './escape.ts'
import { PatternError } from './pattern-error.ts'

export type Assertion = 'start' | 'end' | 'line-start' | 'line-end' | 'last-end' | 'word' | 'no-word'

export type PatternNode =
  | { kind: 'character'; test: CharacterTest }
  | { kind: 'assertion'; assertion: Assertion }
  | { kind: 'sequence' | 'choice'; nodes: PatternNode[] }
  | { kind: 'group'; index: number; node: PatternNode }
  | { kind: 'repeat'; node: PatternNode; min: number; max: number; isLazy: boolean }

interface Flags {
  i: boolean
  s: boolean
  m: boolean
}

const maxDepth = 50
const maxRepeat = 1000
const maxShorthands = 16
const assertions = new Map<string, Assertion>([
  ['b', 'word'],
  ['B', 'no-word'],
  ['A', 'start'],
  ['z', 'end'],
  ['Z', 'last-end'],
])

/** @throws {PatternError} */
export function parsePattern(text: string): { node: PatternNode; groups: number } {
  return new PatternParser(text).parse()
}

class PatternParser {
  readonly #text: string
  #at = 0
  #groups = 0
  readonly #names = new Set<string>()
  #depth = 0
  #flags: Flags = { i: false, s: false, m: false }

  constructor(text: string) {
    this.#text = withoutQuotes(text)
  }

  parse(): { node: PatternNode; groups: number } {
    const node = this.#choice()
    if (this.#at < this.#text.length) throw new PatternError('invalid', 'a ")" without "("')
    return { node, groups: this.#groups }
  }

  #choice(): PatternNode {
    if (++this.#depth > maxDepth) throw new PatternError('not-offered', `groups nest deeper than ${maxDepth}`)
    const flags = this.#flags
    const nodes = [this.#sequence()]
    while (this.#skip('|')) nodes.push(this.#sequence())
    this.#flags = flags
    this.#depth--
    return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: 'choice', nodes }
  }

  #sequence(): PatternNode {
    const nodes: PatternNode[] = []
    while (this.#at < this.#text.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const node = this.#atom()
      if (node) nodes.push(this.#quantified(node))
    }
    return { kind: 'sequence', nodes }
  }

  #quantified(node: PatternNode): PatternNode {
    const bounds = this.#bounds()
    if (!bounds) return node
    const [min, max] = bounds
    if (max !== Infinity && min > max) throw new PatternError('invalid', 'a repetition from more to less')
    if (Math.max(min, max === Infinity ? 0 : max) > maxRepeat)
      throw new PatternError('not-offered', `a repetition of more than ${maxRepeat} is not offered`)
    if (this.#peek() === '+') throw new PatternError('not-offered', 'a possessive quantifier is not offered')
    const isLazy = this.#skip('?')
    if (this.#bounds()) throw new PatternError('invalid', 'a repetition of a repetition')
    return { kind: 'repeat', node, min, max, isLazy }
  }

  #bounds(): [number, number] | undefined {
    if (this.#skip('*')) return [0, Infinity]
    if (this.#skip('+')) return [1, Infinity]
    if (this.#skip('?')) return [0, 1]
    if (this.#peek() !== '{') return undefined
    const [whole = '', min = '', comma, max = ''] = this.#match(/\{(\d{1,6})(,?)(\d{0,6})\}/y)
    if (whole === '') throw new PatternError('invalid', 'a "{" without a repetition')
    return [Number(min), comma === '' ? Number(min) : max === '' ? Infinity : Number(max)]
  }

  /** Undefined for what matches nothing by itself, such as flags. */
  #atom(): PatternNode | undefined {
    const character = this.#take()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#character(this.#class())
      case '.':
        return { kind: 'character', test: this.#flags.s ? () => true : isNoLineEnd }
      case '^':
        return { kind: 'assertion', assertion: this.#flags.m ? 'line-start' : 'start' }
      case '$':
        return { kind: 'assertion', assertion: this.#flags.m ? 'line-end' : 'last-end' }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternError('invalid', `a "${character}" without something to repeat`)
      default:
        return this.#literal(character)
    }
  }

  #literal(character: string): PatternNode {
    const wanted = character.codePointAt(0)
    return this.#character((code) => code === wanted)
  }

  #character(test: CharacterTest): PatternNode {
    return { kind: 'character', test: this.#flags.i ? ignoringCase(test) : test }
  }

  #group(): PatternNode | undefined {
    if (!this.#skip('?')) return this.#capture()
    const [, name] = this.#match(/<([A-Za-z][A-Za-z0-9]*)>/y)
    if (name !== undefined) return this.#named(name)
    if (/^(?:[=!>]|<[=!])/.test(this.#text.slice(this.#at, this.#at + 2)))
      throw new PatternError('not-offered', 'look-around and atomic groups are not offered')
    const [whole, on = '', , off = '', after] = this.#match(/([a-zA-Z]*)(-([a-zA-Z]*))?([:)])/y)
    if (whole === undefined) throw new PatternError('invalid', 'an unknown group')
    const flags = this.#withFlags(on, off)
    if (after === ')') {
      this.#flags = flags
      return undefined
    }
    const outside = this.#flags
    this.#flags = flags
    const node = this.#closed()
    this.#flags = outside
    return node
  }

  #withFlags(on: string, off: string): Flags {
    if (/[^ismud]/.test(on + off))
      throw new PatternError('not-offered', `the flags ${on}${off} are not offered`)
    const isOn = (flag: 'i' | 's' | 'm') => (this.#flags[flag] || on.includes(flag)) && !off.includes(flag)
    return { i: isOn('i'), s: isOn('s'), m: isOn('m') }
  }

  #named(name: string): PatternNode {
    if (this.#names.has(name)) throw new PatternError('invalid', `two groups named ${name}`)
    this.#names.add(name)
    return this.#capture()
  }

  #capture(): PatternNode {
    const index = ++this.#groups
    return { kind: 'group', index, node: this.#closed() }
  }

  #closed(): PatternNode {
    const node = this.#choice()
    if (!this.#skip(')')) throw new PatternError('invalid', 'a "(" without ")"')
    return node
  }

  #escape(): PatternNode {
    const assertion = assertions.get(this.#peek())
    if (assertion) {
      this.#at++
      return { kind: 'assertion', assertion }
    }
    if (/[1-9kGRX]/.test(this.#peek()))
      throw new PatternError('not-offered', `\\${this.#peek()} (such as a backreference) is not offered`)
    return this.#character(this.#escapedCharacter())
  }

  /** After the backslash, inside and outside of brackets. */
  #escapedCharacter(): CharacterTest {
    const shorthand = shorthandClasses.get(this.#peek())
    if (shorthand) {
      this.#at++
      return shorthand
    }
    if (/[pP]/.test(this.#peek())) return this.#property(this.#take() === 'P')
    const code = this.#escapedCode()
    return (other) => other === code
  }

  #property(isNegated: boolean): CharacterTest {
    const [, braced, single] = this.#match(/\{([^}]*)\}|([A-Z])/y)
    const test = propertyClass(braced ?? single ?? '', isNegated)
    if (!test) throw new PatternError('invalid', 'an unknown property of characters')
    return test
  }

  /** At the letter after the backslash. */
  #escapedCode(): number {
    const { code, length } = readEscape(this.#text, this.#at)
    this.#at += length
    return code
  }

  #class(): CharacterTest {
    const isNegated = this.#skip('^')
    const tests: CharacterTest[] = []
    const ranges: [number, number][] = []
    do {
      if (this.#isClassShorthand()) {
        this.#at++
        tests.push(this.#escapedCharacter())
      } else ranges.push(this.#range())
    } while (this.#peek() !== ']')
    this.#at++
    if (tests.length > maxShorthands)
      throw new PatternError(
        'not-offered',
        `more than ${maxShorthands} classes inside brackets are not offered`,
      )
    tests.push(rangesClass(ranges))
    return (code) => tests.some((test) => test(code)) !== isNegated
  }

  #isClassShorthand(): boolean {
    return /^\\[dDwWsShHvVpP]/.test(this.#text.slice(this.#at, this.#at + 2))
  }

  #range(): [number, number] {
    if (this.#at >= this.#text.length) throw new PatternError('invalid', 'a "[" without "]"')
    if (this.#peek() === '[' || this.#text.startsWith('&&', this.#at))
      throw new PatternError('not-offered', 'unions and intersections of character classes are not offered')
    const low = this.#classCharacter()
    if (this.#peek() !== '-' || this.#text[this.#at + 1] === ']') return [low, low]
    this.#at++
    const high = this.#classCharacter()
    if (high < low) throw new PatternError('invalid', 'a range from more to less')
    return [low, high]
  }

  #classCharacter(): number {
    const character = this.#take()
    return character === '\\' ? this.#escapedCode() : (character.codePointAt(0) ?? -1)
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  /** One code point; '' at the end. */
  #take(): string {
    const code = this.#text.codePointAt(this.#at)
    const character = code === undefined ? '' : String.fromCodePoint(code)
    this.#at += character.length
    return character
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #match(pattern: RegExp): readonly (string | undefined)[] {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at = pattern.lastIndex
    return found ?? []
  }
}

/** `\Q...\E` as escaped characters. */
function withoutQuotes(text: string): string {
  return text.replaceAll(/\\Q([^]*?)(?:\\E|$)|\\[^]/g, (whole, quoted?: string) =>
    quoted === undefined ? whole : quoted.replaceAll(/[^A-Za-z0-9]/gu, '\\$&'),
  )
}

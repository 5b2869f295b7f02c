/**
 * Runs a compiled regular expression (a Pike machine): all ways through the program advance together over the text,
 * so the time is at most pattern times text, with no pattern that is worse. The first way in order of preference wins,
 * as in engines that backtrack.
 */
import type { Budget } from '../budget.ts'
import { isNoLineEnd, isWordCharacter } from './character-class.ts'
import type { Pattern } from './compile-pattern.ts'
import type { Assertion } from './parse-pattern.ts'

/** Start and end of the whole match and of each group; -1 for a group that took no part. */
export type Captures = readonly number[]

interface Way {
  at: number
  captures: Captures
}

/** The leftmost match at or after `from`. @throws {SqlEvaluationError} when the budget is used up */
export function findMatch(
  pattern: Pattern,
  text: string,
  options: { from: number; budget: Budget },
): Captures | undefined {
  return new Machine(pattern, text, options.budget).run(options.from)
}

class Machine {
  readonly #program: Pattern['program']
  readonly #text: string
  readonly #budget: Budget
  readonly #none: Captures
  /** Position + 1 at which an instruction was last entered. */
  readonly #entered: Uint32Array
  #ways: Way[] = []

  constructor(pattern: Pattern, text: string, budget: Budget) {
    this.#program = pattern.program
    this.#text = text
    this.#budget = budget
    this.#none = Array.from({ length: (pattern.groups + 1) * 2 }, () => -1)
    budget.spend(pattern.program.length >> 4)
    this.#entered = new Uint32Array(pattern.program.length)
  }

  run(from: number): Captures | undefined {
    let best: Captures | undefined
    for (let position = from; position <= this.#text.length;) {
      if (!best) this.#enter(0, position, this.#none)
      if (this.#ways.length === 0 && best) return best
      const code = this.#text.codePointAt(position)
      const next = position + (code !== undefined && code > 0xffff ? 2 : 1)
      best = this.#advance(code, next) ?? best
      position = next
    }
    return best
  }

  /** Takes one character; gives the captures of a way that had come to the end of the program. */
  #advance(code: number | undefined, next: number): Captures | undefined {
    const ways = this.#ways
    this.#ways = []
    for (const way of ways) {
      const instruction = this.#program[way.at]
      if (instruction?.do === 'match') return way.captures // the ways behind it are less preferred
      if (instruction?.do === 'character' && code !== undefined && instruction.test(code))
        this.#enter(way.at + 1, next, way.captures)
    }
    return undefined
  }

  /** Follows everything that takes no character, from an instruction on. */
  #enter(at: number, position: number, captures: Captures): void {
    this.#budget.spend(1)
    const instruction = this.#program[at]
    if (!instruction || this.#entered[at] === position + 1) return
    this.#entered[at] = position + 1
    switch (instruction.do) {
      case 'jump':
        return this.#enter(instruction.to, position, captures)
      case 'split':
        this.#enter(instruction.first, position, captures)
        return this.#enter(instruction.second, position, captures)
      case 'save':
        this.#budget.spend(captures.length >> 3)
        return this.#enter(at + 1, position, captures.with(instruction.slot, position))
      case 'assert':
        if (this.#holds(instruction.assertion, position)) this.#enter(at + 1, position, captures)
        return
      case 'character':
      case 'match':
        this.#ways.push({ at, captures })
    }
  }

  #holds(assertion: Assertion, position: number): boolean {
    const length = this.#text.length
    switch (assertion) {
      case 'start':
        return position === 0
      case 'end':
        return position === length
      case 'last-end':
        return (
          position === length || (position >= length - 2 && position + this.#lineEndAt(position) === length)
        )
      case 'line-start': // Java: not at the end of the text
        return position === 0 || (position < length && this.#isAfterLineEnd(position))
      case 'line-end':
        return position === length || this.#lineEndAt(position) > 0
      case 'word':
        return this.#isBoundary(position)
      case 'no-word':
        return !this.#isBoundary(position)
    }
  }

  /** How many characters of a line end begin here: none between the two of \r\n. */
  #lineEndAt(position: number): number {
    if (this.#isInLineEnd(position) || isNoLineEnd(this.#text.charCodeAt(position))) return 0
    return this.#isInLineEnd(position + 1) ? 2 : 1
  }

  #isAfterLineEnd(position: number): boolean {
    return !isNoLineEnd(this.#text.charCodeAt(position - 1)) && !this.#isInLineEnd(position)
  }

  #isInLineEnd(position: number): boolean {
    return this.#text[position - 1] === '\r' && this.#text[position] === '\n'
  }

  #isBoundary(position: number): boolean {
    const before = position > 0 && isWordCharacter(this.#text.charCodeAt(position - 1))
    const after = position < this.#text.length && isWordCharacter(this.#text.charCodeAt(position))
    return before !== after
  }
}

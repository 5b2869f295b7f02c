/**
 * JSON to values and back. Unlike JSON.parse it keeps all digits of a number and the order of names.
 * Source: RFC 8259.
 */
import { type Budget, maxTextLength, SqlEvaluationError } from '../budget.ts'
import { Decimal, decimalText, parseDecimal, settle } from './decimal.ts'
import type { ArrayValue, ObjectValue, Value } from './value.ts'

/** Deeper text is not JSON to the engine. */
const maxDepth = 128
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const space = /[ \t\r\n]*/y
const words: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

class NotJson extends Error {}

/** @returns a box, as the text may hold null; undefined when the text is not JSON */
export function parseJson(text: string, { settles }: { settles: boolean }): { value: Value } | undefined {
  try {
    return { value: new JsonReader(text, settles).readDocument() }
  } catch (error) {
    // a payload may hold any bytes: not being JSON is no failure
    if (error instanceof NotJson || error instanceof SyntaxError) return undefined
    throw error
  }
}

class JsonReader {
  readonly #text: string
  readonly #settles: boolean
  #at = 0

  constructor(text: string, settles: boolean) {
    this.#text = text
    this.#settles = settles
  }

  readDocument(): Value {
    const value = this.#readValue(0)
    this.#take(space)
    if (this.#at < this.#text.length) throw new NotJson()
    return value
  }

  #readValue(depth: number): Value {
    if (depth > maxDepth) throw new NotJson()
    this.#take(space)
    const first = this.#text[this.#at]
    if (first === '"') return this.#readString()
    if (first === '{') return this.#readObject(depth)
    if (first === '[') return this.#readArray(depth)
    for (const [word, value] of words)
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    return this.#readNumber()
  }

  // assumed: a number beyond 9.99E999 is dropped like any value that the engine cannot hold.
  #readNumber(): Value {
    const digits = this.#take(number)
    if (digits === '') throw new NotJson()
    const value = parseDecimal(digits)
    return value && this.#settles ? settle(value) : value
  }

  #readString(): string {
    const start = this.#at
    let end = start + 1
    for (let code = this.#text.charCodeAt(end); code !== 0x22; code = this.#text.charCodeAt(end)) {
      if (Number.isNaN(code)) throw new NotJson()
      end += code === 0x5c ? 2 : 1
    }
    this.#at = end + 1
    return JSON.parse(this.#text.slice(start, this.#at))
  }

  #readObject(depth: number): ObjectValue {
    const object = new Map<string, Value>()
    this.#at++
    this.#take(space)
    if (this.#skip('}')) return object
    do {
      this.#take(space)
      if (this.#text[this.#at] !== '"') throw new NotJson()
      const name = this.#readString()
      this.#take(space)
      if (!this.#skip(':')) throw new NotJson()
      object.set(name, this.#readValue(depth + 1))
      this.#take(space)
    } while (this.#skip(','))
    if (!this.#skip('}')) throw new NotJson()
    return object
  }

  #readArray(depth: number): ArrayValue {
    const items: Value[] = []
    this.#at++
    this.#take(space)
    if (this.#skip(']')) return items
    do {
      items.push(this.#readValue(depth + 1))
      this.#take(space)
    } while (this.#skip(','))
    if (!this.#skip(']')) throw new NotJson()
    return items
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const taken = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += taken.length
    return taken
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }
}

/** Without spaces. What is Undefined is left out. @throws {SqlEvaluationError} when the text would be too long */
export function printJson(value: Value, budget: Budget): string {
  const pieces: string[] = []
  let length = 0
  const write = (piece: string) => {
    length += piece.length
    if (length > maxTextLength)
      throw new SqlEvaluationError('limit', `a value has more than ${maxTextLength} characters as JSON`)
    pieces.push(piece)
  }
  printInto(value, write, budget)
  return pieces.join('')
}

function printInto(value: Value, write: (piece: string) => void, budget: Budget): void {
  budget.spend(1)
  if (value instanceof Decimal) return write(decimalText(value))
  if (value instanceof Map) return printMembers(value, write, budget)
  if (Array.isArray(value)) return printItems(value, write, budget)
  if (value === null || typeof value === 'boolean') return write(String(value))
  if (typeof value === 'string') write(JSON.stringify(value))
}

function printMembers(object: ObjectValue, write: (piece: string) => void, budget: Budget): void {
  let separator = '{'
  for (const [name, value] of object) {
    if (!isPrintable(value)) continue
    write(`${separator}${JSON.stringify(name)}:`)
    printInto(value, write, budget)
    separator = ','
  }
  write(separator === '{' ? '{}' : '}')
}

function printItems(items: ArrayValue, write: (piece: string) => void, budget: Budget): void {
  let separator = '['
  for (const item of items) {
    if (!isPrintable(item)) continue
    write(separator)
    printInto(item, write, budget)
    separator = ','
  }
  write(separator === '[' ? '[]' : ']')
}

const isPrintable = (value: Value): boolean => value !== undefined && !(value instanceof Uint8Array)

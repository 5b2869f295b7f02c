/**
 * JSON as people paste it into policy documents and provisioning templates: like RFC 8259, and raw control
 * characters (tabs, line breaks) may stand inside strings. A name twice in one object is refused, since one
 * of the two would be lost in silence.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject

/** Without a prototype, so no name in it is special. */
export interface JsonObject {
  [name: string]: JsonValue
}

export class JsonError extends Error {
  override readonly name = 'JsonError'
}

export interface JsonLimits {
  /** UTF-16 units of the whole text. */
  maxLength: number
  /** Arrays and objects inside each other. */
  maxDepth: number
}

/** @throws {JsonError} saying what was expected, and at which line and column */
export function parseLenientJson(text: string, { maxLength, maxDepth }: JsonLimits): JsonValue {
  if (text.length > maxLength)
    throw new JsonError(`the text has ${text.length} characters, at most ${maxLength} are read`)
  return new JsonReader(text, maxDepth).readDocument()
}

/** True for what `{...}` parses to. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const plainPattern = /[^"\\]*/y
const words = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
])
const escapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

class JsonReader {
  readonly #text: string
  readonly #maxDepth: number
  #at = 0
  #depth = 0

  constructor(text: string, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
    if (text.startsWith('\ufeff')) this.#at = 1 // a byte order mark
  }

  readDocument(): JsonValue {
    const value = this.#readValue()
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#problem('the end of the text')
    return value
  }

  #readValue(): JsonValue {
    this.#skipSpace()
    const first = this.#text[this.#at]
    if (first === '"') return this.#readString()
    if (first === '{') return this.#nested(() => this.#readObject())
    if (first === '[') return this.#nested(() => this.#readArray())
    for (const [word, value] of words)
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    const digits = this.#take(numberPattern)
    if (digits === '') throw this.#problem('a value')
    return Number(digits)
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > this.#maxDepth)
      throw new JsonError(`the text nests deeper than ${this.#maxDepth} levels at ${this.#place()}`)
    this.#at++
    const value = read()
    this.#depth--
    return value
  }

  #readObject(): JsonObject {
    const object: JsonObject = Object.create(null)
    this.#skipSpace()
    if (this.#skip('}')) return object
    do {
      this.#skipSpace()
      const start = this.#at
      if (this.#text[start] !== '"') throw this.#problem('a name in double quotes')
      const name = this.#readString()
      if (name in object) {
        this.#at = start
        throw new JsonError(`the name ${JSON.stringify(name)} stands twice in one object at ${this.#place()}`)
      }
      this.#skipSpace()
      if (!this.#skip(':')) throw this.#problem('":"')
      object[name] = this.#readValue()
      this.#skipSpace()
    } while (this.#skip(','))
    if (!this.#skip('}')) throw this.#problem('"," or "}"')
    return object
  }

  #readArray(): JsonValue[] {
    const items: JsonValue[] = []
    this.#skipSpace()
    if (this.#skip(']')) return items
    do {
      items.push(this.#readValue())
      this.#skipSpace()
    } while (this.#skip(','))
    if (!this.#skip(']')) throw this.#problem('"," or "]"')
    return items
  }

  #readString(): string {
    this.#at++
    let value = ''
    for (;;) {
      value += this.#take(plainPattern)
      if (this.#skip('"')) return value
      if (!this.#skip('\\')) throw this.#problem('the closing quote of a string')
      value += this.#readEscape()
    }
  }

  #readEscape(): string {
    const letter = this.#text[this.#at] ?? ''
    const character = escapes.get(letter)
    if (character !== undefined) {
      this.#at++
      return character
    }
    const digits = this.#text.slice(this.#at + 1, this.#at + 5)
    if (letter !== 'u' || !/^[\da-fA-F]{4}$/.test(digits)) throw this.#problem('an escape sequence')
    this.#at += 5
    return String.fromCharCode(Number.parseInt(digits, 16))
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

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #problem(expected: string): JsonError {
    const found = this.#text[this.#at]
    const came = found === undefined ? 'the text ends' : `${JSON.stringify(found)} came`
    return new JsonError(`expected ${expected}, but ${came} at ${this.#place()}`)
  }

  #place(): string {
    const before = this.#text.slice(0, this.#at).split('\n')
    return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
  }
}

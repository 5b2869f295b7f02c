/** JSON as shadows hold it. Numbers that a double would change stay as they were written. */

export type Json = null | boolean | number | string | ExactNumber | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [name: string]: Json
}

/** A number that no double is equal to, by its text: what `JSON.rawJSON` gives. */
interface ExactNumber {
  readonly rawJSON: string
}

/** What TypeScript does not know of `JSON` yet (ECMAScript 2027, "JSON.parse source text access"). */
interface SourceJson {
  parse: (
    text: string,
    revive: (key: string, value: unknown, context: { source?: string }) => unknown,
  ) => Json
  rawJSON: (text: string) => ExactNumber
  isRawJSON: (value: unknown) => boolean
}

const sourceJson = JSON as unknown as SourceJson

/** Digits that may be more than a double holds. */
const longNumber = /\d{16}|\d[eE][+-]?\d{3}/

/** @throws {SyntaxError} when the text is not JSON, {RangeError} when it is nested thousands of levels deep */
export function parseJson(text: string): Json {
  return longNumber.test(text) ? sourceJson.parse(text, keepExact) : (JSON.parse(text) as Json)
}

function keepExact(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value
  return longNumber.test(source) ? sourceJson.rawJSON(source) : value
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value) && !sourceJson.isRawJSON(value)
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** Only what is the object's own: names come from outside. */
export function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** Without a prototype, so that every name is a name like any other. */
export function copyOf(object: JsonObject): Record<string, Json> {
  return Object.assign(Object.create(null) as Record<string, Json>, object)
}

/** Members may be in any order; numbers are compared by value. */
export function isEqual(left: Json, right: Json | undefined): boolean {
  if (left === right) return true
  if (isArray(left)) {
    if (!isArray(right) || right.length !== left.length) return false
    return left.every((item, index) => isEqual(item, right[index]))
  }
  if (isObject(left)) {
    if (!isObject(right) || Object.keys(left).length !== Object.keys(right).length) return false
    return Object.entries(left).every(([name, value]) => isEqual(value, memberOf(right, name)))
  }
  return isExact(left) && isExact(right) && left.rawJSON === right.rawJSON
}

function isExact(value: Json | undefined): value is ExactNumber {
  return sourceJson.isRawJSON(value)
}

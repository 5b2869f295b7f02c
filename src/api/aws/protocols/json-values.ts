/**
 * JSON documents to the values that handlers see, and back, by shape: blobs are base64, times are epoch seconds.
 * Source: Smithy 2.0, "AWS restJson1 protocol" and "AWS JSON 1.1 protocol".
 */
import type { MapShape, Shape, StructureShape } from '../model.ts'
import { MalformedRequestError } from '../wire.ts'
import { parseTimestamp, toEpochSeconds } from './timestamps.ts'

const maxDepth = 64

/** @throws {MalformedRequestError} when the text is not JSON or is nested deeper than 64 levels */
export function parseJson(text: string): unknown {
  checkDepth(text)
  try {
    return JSON.parse(text)
  } catch {
    throw new MalformedRequestError('the body is not JSON')
  }
}

/** Counts brackets outside strings, so that nothing deep is ever built. */
function checkDepth(text: string): void {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x22) at = endOfString(text, at)
    else if (code === 0x7b || code === 0x5b) depth += 1
    else if (code === 0x7d || code === 0x5d) depth -= 1
    if (depth > maxDepth) throw new MalformedRequestError(`the body is nested deeper than ${maxDepth} levels`)
  }
}

/** Index of the closing quote; the length of the text when there is none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

/**
 * `undefined` for null, which AWS treats as absent. Unknown members are ignored.
 * @throws {MalformedRequestError} naming `place` and the type that was expected there
 */
export function readJson(shape: Shape, value: unknown, place: string): unknown {
  if (value == null) return undefined
  switch (shape.type) {
    case 'structure':
      return readStructure(shape, value, place)
    case 'list':
      if (!Array.isArray(value)) throw mismatch(place, 'a list', value)
      return value.map((item, index) => readJson(shape.member, item, `${place}[${index}]`))
    case 'map':
      return readMap(shape, value, place)
    case 'blob':
      return readBlob(value, place)
    case 'timestamp':
      return readTime(value, place)
    case 'string':
      if (typeof value !== 'string') throw mismatch(place, 'a string', value)
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(place, 'true or false', value)
      return value
    case 'integer':
    case 'long':
      if (!Number.isSafeInteger(value)) throw mismatch(place, 'a whole number', value)
      return value
    case 'double':
    case 'float':
      if (typeof value !== 'number') throw mismatch(place, 'a number', value)
      return value
  }
}

function readStructure(shape: StructureShape, value: unknown, place: string): Record<string, unknown> {
  const source = objectAt(value, place)
  const result: Record<string, unknown> = {}
  for (const { name, wireName, shape: target, location } of shape.members.values()) {
    if (location !== undefined || !Object.hasOwn(source, wireName)) continue
    const member = readJson(target, source[wireName], place === '' ? name : `${place}.${name}`)
    if (member !== undefined) result[name] = member
  }
  return result
}

/** The keys come from outside, so the result has no prototype. */
function readMap(shape: MapShape, value: unknown, place: string): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>
  for (const [key, item] of Object.entries(objectAt(value, place))) {
    const read = readJson(shape.value, item, `${place}.${key}`)
    if (read !== undefined) result[key] = read
  }
  return result
}

function objectAt(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw mismatch(place, 'an object', value)
  return value as Record<string, unknown>
}

/** @throws {MalformedRequestError} unless `value` is base64 text */
export function readBlob(value: unknown, place: string): Uint8Array {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
    throw mismatch(place, 'base64 text', value)
  return Buffer.from(value, 'base64')
}

function readTime(value: unknown, place: string): Date {
  const date = typeof value === 'number' || typeof value === 'string' ? parseTimestamp(value) : undefined
  if (!date) throw mismatch(place, 'a time in epoch seconds', value)
  return date
}

function mismatch(place: string, expected: string, value: unknown): MalformedRequestError {
  const got = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
  return new MalformedRequestError(`${place === '' ? 'the body' : place} must be ${expected}, got ${got}`)
}

/** Keeps only what the shape knows; `undefined` members are left out. */
export function writeJson(shape: Shape, value: unknown): unknown {
  if (value == null) return undefined
  switch (shape.type) {
    case 'structure':
      return writeStructure(shape, value as Record<string, unknown>)
    case 'list':
      return (value as unknown[]).map((item) => writeJson(shape.member, item) ?? null)
    case 'map':
      return writeMap(shape, value as Record<string, unknown>)
    case 'timestamp':
      return value instanceof Date ? toEpochSeconds(value) : value
    case 'blob':
      return typeof value === 'string' ? value : Buffer.from(value as Uint8Array).toString('base64')
    case 'string':
    case 'boolean':
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return value
  }
}

function writeStructure(shape: StructureShape, value: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const { name, wireName, shape: target, location } of shape.members.values()) {
    if (location === undefined && value[name] != null) result[wireName] = writeJson(target, value[name])
  }
  return result
}

function writeMap(shape: MapShape, value: Record<string, unknown>): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>
  for (const [key, item] of Object.entries(value)) {
    if (item != null) result[key] = writeJson(shape.value, item)
  }
  return result
}

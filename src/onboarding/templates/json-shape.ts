/** Reads parsed JSON that nobody vouches for: each function gives the shape asked for or names the place. */
import { TemplateError, quoted } from './template-error.ts'

export type JsonObject = ReadonlyMap<string, unknown>

/** Keys go into a Map, so `__proto__` is a key like any other. */
export function toObject(json: unknown, place: string): JsonObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new TemplateError(place, `must be an object, got ${describe(json)}`)
  }
  return new Map(Object.entries(json))
}

export function toArray(json: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new TemplateError(place, `must be a list, got ${describe(json)}`)
  return json as readonly unknown[]
}

export function toText(json: unknown, place: string): string {
  if (typeof json !== 'string') throw new TemplateError(place, `must be text, got ${describe(json)}`)
  return json
}

export function checkMembers(object: JsonObject, known: readonly string[], place: string): void {
  for (const member of object.keys()) {
    if (!known.includes(member)) {
      throw new TemplateError(place, `has no member ${quoted(member)}; known are ${known.join(', ')}`)
    }
  }
}

export function describe(json: unknown): string {
  if (json === null) return 'null'
  if (json === undefined) return 'nothing'
  if (Array.isArray(json)) return 'a list'
  if (typeof json === 'string') return quoted(json)
  return typeof json === 'object' ? 'an object' : JSON.stringify(json)
}

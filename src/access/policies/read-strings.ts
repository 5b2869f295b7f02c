import type { JsonValue } from '../../lib/lenient-json.ts'
import { PolicyDocumentError } from './document.ts'

/**
 * A string or a list of them; numbers and booleans count as their text, as IAM takes them.
 * @throws {PolicyDocumentError} naming the place
 */
export function readStrings(value: JsonValue | undefined, place: string): string[] {
  const items = Array.isArray(value) ? value : [value]
  return items.map((item, index) => {
    if (typeof item === 'string') return item
    if (typeof item === 'number' || typeof item === 'boolean') return String(item)
    const where = Array.isArray(value) ? `${place}[${index}]` : place
    throw new PolicyDocumentError(`${where} must be a string, got ${quote(item)}`)
  })
}

const maxQuoted = 60

/** A value of the document for an error message, cut when long. */
export function quote(value: JsonValue | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > maxQuoted ? `${text.slice(0, maxQuoted)}…` : text
}

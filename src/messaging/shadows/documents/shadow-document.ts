/** A shadow, and what an update makes of it. Pure. */
import type { ShadowLimits } from '../limits.ts'
import { shadowErrors } from '../shadow-error.ts'
import { isObject, memberOf, type Json, type JsonObject } from './json.ts'
import { merge, type Stamped } from './merge.ts'
import { sections, type Section, type UpdateRequest } from './update-request.ts'

export interface ShadowDocument {
  /** Grows by one with each update. */
  version: number
  /** A section without members is not there. */
  desired?: Stamped
  reported?: Stamped
}

/** Where an update begins. */
export interface Basis {
  current: ShadowDocument | undefined
  /** Of the current document, else of one that was deleted lately, else 0. */
  version: number
  /** Epoch seconds. */
  timestamp: number
}

/** @throws {ShadowError} 409 when the request names another version, 413 when the outcome is too large */
export function applyUpdate(
  { current, version, timestamp }: Basis,
  request: UpdateRequest,
  { maxStateBytes }: Pick<ShadowLimits, 'maxStateBytes'>,
): ShadowDocument {
  if (request.version !== undefined && request.version !== version) throw shadowErrors.conflict()
  const updated: ShadowDocument = { version: version + 1 }
  let bytes = 0
  for (const section of sections) {
    const merged = mergeSection(current?.[section], request.state, { section, timestamp })
    if (!merged) continue
    updated[section] = merged
    bytes += Buffer.byteLength(JSON.stringify(merged.state))
  }
  if (bytes > maxStateBytes) throw shadowErrors.tooLarge()
  return updated
}

function mergeSection(
  current: Stamped | undefined,
  state: JsonObject | null,
  { section, timestamp }: { section: Section; timestamp: number },
): Stamped | undefined {
  if (state === null) return undefined
  const patch = memberOf(state, section)
  const merged = patch === undefined ? current : merge(current, patch, timestamp)
  return merged && hasMembers(merged) ? merged : undefined
}

const hasMembers = ({ state }: Stamped): boolean => !isObject(state) || Object.keys(state).length > 0

/** `part` of each section that is there. */
export function pick(document: ShadowDocument, part: keyof Stamped): JsonObject {
  const picked: Record<string, Json> = {}
  for (const section of sections) {
    const stamped = document[section]
    if (stamped) picked[section] = stamped[part]
  }
  return picked
}

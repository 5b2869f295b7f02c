/**
 * How an update changes a section of a shadow, and the times of its values with it.
 * Source: AWS IoT Developer Guide, "Interacting with shadows" and "Device Shadow service documents".
 */
import { copyOf, isArray, isObject, memberOf, type Json } from './json.ts'

/** A value, and when it was last set: for each value inside it `{"timestamp": <epoch seconds>}` in the same place. */
export interface Stamped {
  state: Json
  metadata: Json
}

/**
 * Objects are merged, everything else is replaced, null takes away. An empty object is a value as any other.
 * assumed: so is one that lost its last member; AWS's documents do not speak of it.
 */
export function merge(current: Stamped | undefined, patch: Json, timestamp: number): Stamped | undefined {
  if (patch === null) return undefined
  if (!isObject(patch)) return { state: patch, metadata: stamp(patch, timestamp) }
  const known = membersOf(current)
  const state = copyOf(known.state)
  const metadata = copyOf(known.metadata)
  for (const [name, value] of Object.entries(patch)) {
    const merged = merge(memberStamped(known, name), value, timestamp)
    if (merged) {
      state[name] = merged.state
      metadata[name] = merged.metadata
    } else {
      delete state[name]
      delete metadata[name]
    }
  }
  return { state, metadata }
}

/** Times in the shape of the value; null has one too, as it tells what was taken away. */
export function stamp(value: Json, timestamp: number): Json {
  if (isArray(value)) return value.map((item) => stamp(item, timestamp))
  if (!isObject(value)) return { timestamp }
  const times = copyOf({})
  for (const [name, member] of Object.entries(value)) times[name] = stamp(member, timestamp)
  return times
}

/** State and metadata of an object; empty ones for everything else. */
export function membersOf(stamped: Stamped | undefined) {
  const { state, metadata } = stamped ?? {}
  return isObject(state) && isObject(metadata) ? { state, metadata } : { state: {}, metadata: {} }
}

export function memberStamped(members: ReturnType<typeof membersOf>, name: string): Stamped | undefined {
  const state = memberOf(members.state, name)
  return state === undefined ? undefined : { state, metadata: memberOf(members.metadata, name) ?? {} }
}

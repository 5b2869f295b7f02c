/** Source: AWS IoT Developer Guide, "Device Shadow service documents", Delta state. */
import { copyOf, isEqual, isObject, memberOf, type Json } from './json.ts'
import { membersOf, memberStamped, type Stamped } from './merge.ts'

/**
 * What of `desired` differs from `reported`, with the times of `desired` and the path from the root; `undefined` when
 * nothing does. Arrays are values: one that differs is there as a whole.
 */
export function findDelta(desired: Stamped | undefined, reported: Json | undefined): Stamped | undefined {
  if (!desired) return undefined
  if (!isObject(desired.state) || !isObject(reported))
    return isEqual(desired.state, reported) ? undefined : desired
  const members = membersOf(desired)
  const state = copyOf({})
  const metadata = copyOf({})
  for (const name of Object.keys(desired.state)) {
    const differing = findDelta(memberStamped(members, name), memberOf(reported, name))
    if (!differing) continue
    state[name] = differing.state
    metadata[name] = differing.metadata
  }
  return Object.keys(state).length > 0 ? { state, metadata } : undefined
}

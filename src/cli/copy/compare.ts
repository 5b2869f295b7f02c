/** Whether what is at both ends under one name is the same thing. */
import { isDeepStrictEqual } from 'node:util'
import type { Copy, Finding, KindName, Step } from './items.ts'

/** Absent, empty, and false say the same in these APIs. */
const hasMeaning = (value: unknown) =>
  value !== undefined && value !== null && value !== '' && value !== false && !isDeepStrictEqual(value, [])

/** Without members that say nothing. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, essence(member)] as const)
  const told = members.filter(([, member]) => hasMeaning(member) && !isDeepStrictEqual(member, {}))
  return Object.fromEntries(told)
}

/** Names of the members that differ. */
export function differences(source: object, destination: object): string[] {
  const [here, there] = [source, destination].map(
    (value) => new Map(Object.entries(essence(value) as object)),
  )
  const names = new Set([...(here?.keys() ?? []), ...(there?.keys() ?? [])])
  return [...names].filter((name) => !isDeepStrictEqual(here?.get(name), there?.get(name)))
}

/** The value with each text in it as the destination's account says it. */
export function renamed<Value>(value: Value, rename: Copy['rename']): Value {
  if (typeof value === 'string') return rename(value) as Value
  if (Array.isArray(value)) return value.map((member: unknown) => renamed(member, rename)) as Value
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, renamed(member as unknown, rename)]),
  ) as Value
}

/** Documents are compared as what they say. */
export function parsed(document: string | undefined): unknown {
  try {
    return JSON.parse(document ?? '') as unknown
  } catch {
    return document
  }
}

export type Tags = ReadonlyMap<string, string>

interface Both {
  kind: KindName
  name: string
  differing: readonly string[]
  /** Of tags that the destination lacks. */
  missing?: Tags
}

/** What is there is never written over; tags that it lacks are added. */
export function judge(
  { kind, name, differing, missing }: Both,
  addTags?: (tags: Tags) => Promise<void>,
): Finding | Step {
  const about = { kind, name }
  if (differing.length > 0)
    return { ...about, state: 'in-the-way', why: `what is there differs in ${differing.join(', ')}` }
  if (!missing || missing.size === 0 || !addTags) return { ...about, state: 'same' }
  const why = `tags: ${[...missing.keys()].join(', ')}`
  return { ...about, state: 'change', why, carryOut: () => addTags(missing) }
}

import type { Lookup } from './document.ts'

/** Looks names up without regard to case, as IAM reads condition keys and variables. */
export function lookupIn(values: Readonly<Record<string, string | readonly string[] | undefined>>): Lookup {
  const byName = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]))
  return (name) => byName.get(name.toLowerCase())
}

import type { Lookup } from './document.ts'

/** Looks names up without regard to case, as IAM reads condition keys and variables. */
export function lookupIn(values: Readonly<Record<string, string | readonly string[] | undefined>>): Lookup {
  let byName: Map<string, string | readonly string[] | undefined> | undefined // most policies ask for nothing
  return (name) => {
    byName ??= new Map(Object.entries(values).map(([given, value]) => [given.toLowerCase(), value]))
    return byName.get(name.toLowerCase())
  }
}

/** Name-value pairs of things and thing groups. Names come from outside: read them with `Object.entries`. */
export type Attributes = Readonly<Record<string, string>>

/**
 * What an AttributePayload makes of the attributes there are: with `merge` they are kept unless named,
 * else replaced. An empty value removes its attribute.
 */
export function applyAttributes(current: Attributes, given: Attributes, merge = false): Attributes {
  const result = new Map(merge ? Object.entries(current) : [])
  for (const [name, value] of Object.entries(given)) {
    if (value === '') result.delete(name)
    else result.set(name, value)
  }
  return Object.fromEntries(result)
}

/** Equal attributes give equal texts. */
export function serializeAttributes(attributes: Attributes): string {
  const entries = Object.entries(attributes).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify(Object.fromEntries(entries))
}

export function parseAttributes(text: string): Attributes {
  return JSON.parse(text) as Attributes
}

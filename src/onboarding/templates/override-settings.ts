/** What a template wants done with a resource that exists already. */
import { toObject, toText } from './json-shape.ts'
import { TemplateError, quoted } from './template-error.ts'

export type OverrideAction = 'DO_NOTHING' | 'REPLACE' | 'MERGE' | 'FAIL'

/** Allowed actions by resource kind and property; each property may be written in both of AWS's spellings. */
const allowedActions = {
  thing: {
    AttributePayload: ['DO_NOTHING', 'REPLACE', 'MERGE', 'FAIL'],
    ThingTypeName: ['DO_NOTHING', 'REPLACE', 'FAIL'],
    ThingGroups: ['DO_NOTHING', 'REPLACE', 'MERGE', 'FAIL'],
  },
  certificate: { Status: ['DO_NOTHING', 'REPLACE', 'FAIL'] },
  policy: {},
} as const satisfies Record<string, Record<string, readonly OverrideAction[]>>

interface Overridable {
  overrideSettings: unknown
  place: string
}

/**
 * Actions by property in its camel-case spelling; a property that is not named is absent.
 * @throws {TemplateError} naming what the resource kind allows
 */
export function parseOverrides(
  { overrideSettings, place }: Overridable,
  kind: keyof typeof allowedActions,
): Map<string, OverrideAction> {
  const overrides = new Map<string, OverrideAction>()
  if (overrideSettings === undefined) return overrides
  const where = `${place}.OverrideSettings`
  const known = new Map<string, readonly OverrideAction[]>(Object.entries(allowedActions[kind]))
  for (const [name, value] of toObject(overrideSettings, where)) {
    const property = [...known.keys()].find((one) => one === name || upperCaseSpelling(one) === name)
    if (property === undefined) {
      const names = [...known.keys()].join(', ') || 'none'
      throw new TemplateError(where, `has no member ${quoted(name)}; a ${kind} has ${names}`)
    }
    const actions = known.get(property) ?? []
    const action = actions.find((one) => one === toText(value, `${where}.${name}`))
    if (!action)
      throw new TemplateError(
        `${where}.${name}`,
        `must be one of ${actions.join(', ')}, got ${quoted(String(value))}`,
      )
    overrides.set(property, action)
  }
  return overrides
}

/** `AttributePayload` -> `ATTRIBUTE_PAYLOAD`. */
function upperCaseSpelling(property: string): string {
  return property.replaceAll(/(?<!^)(?=[A-Z])/g, '_').toUpperCase()
}

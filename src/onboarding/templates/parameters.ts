/** The parameters of a template: what is declared, what is referred to, and what to say of the difference. */
import { certificateIdParameter, certificateParameterNames } from './certificate-parameters.ts'
import type { Names } from './expression.ts'
import { checkMembers, toObject, toText } from './json-shape.ts'
import { TemplateError, quoted } from './template-error.ts'

export interface Parameter {
  default?: string
}

/** @throws {TemplateError} */
export function parseParameters(json: unknown): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>()
  if (json === undefined) return parameters
  for (const [name, value] of toObject(json, 'Parameters')) {
    const place = `Parameters.${name}`
    const parameter = toObject(value, place)
    checkMembers(parameter, ['Type', 'Default'], place)
    const type = toText(parameter.get('Type'), `${place}.Type`)
    if (type !== 'String') throw new TemplateError(`${place}.Type`, `must be "String", got ${quoted(type)}`)
    const hasDefault = parameter.has('Default')
    parameters.set(name, hasDefault ? { default: toText(parameter.get('Default'), `${place}.Default`) } : {})
  }
  return parameters
}

/** Names and the first place where each is referred to. */
export type References = ReadonlyMap<string, string>

interface Referring extends Pick<Names, 'refer'> {
  references: References
}

/** `mayBeUndeclared` tells of a name that is not declared whether it may be referred to. */
export function collectReferences(
  declared: ReadonlyMap<string, Parameter>,
  mayBeUndeclared: (name: string) => boolean,
): Referring {
  const references = new Map<string, string>()
  return {
    references,
    refer(name, place) {
      if (!declared.has(name) && !mayBeUndeclared(name))
        throw new TemplateError(place, `${quoted(name)} is not a parameter; declare it in Parameters`)
      if (!references.has(name)) references.set(name, place)
    },
  }
}

/** @throws {TemplateError} for a parameter that just-in-time provisioning would need a value of and never has one */
export function checkFilledIn(declared: ReadonlyMap<string, Parameter>, references: References): void {
  for (const [name, parameter] of declared) {
    if (!references.has(name) || parameter.default !== undefined || certificateParameterNames.includes(name))
      continue
    throw new TemplateError(
      `Parameters.${name}`,
      `can have no value: just-in-time provisioning fills in ${certificateParameterNames.join(', ')}`,
    )
  }
}

/** What may be a slip of the author, though the template can be carried out; sentences for a person. */
export function remarksOn(declared: ReadonlyMap<string, Parameter>, references: References): string[] {
  const unused = [...declared.keys()]
    .filter((name) => !references.has(name))
    .map((name) => `Parameters.${name} is referred to nowhere, so no value of it is needed`)
  const undeclared = [...references]
    .filter(([name]) => !declared.has(name) && name !== certificateIdParameter)
    .map(
      ([name, place]) =>
        `${place}: ${quoted(name)} is not declared in Parameters; each device has to bring it`,
    )
  return [...unused, ...undeclared]
}

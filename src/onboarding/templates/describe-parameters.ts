import { certificateIdParameter, subjectAttributeOf } from './certificate-parameters.ts'
import type { ParameterValues } from './evaluate.ts'
import type { Template } from './parse.ts'

export interface ParameterReport {
  name: string
  /** Absent when it has none. */
  value?: string
  from?: 'certificate' | 'allow-list' | 'default'
  /** What it is read from, e.g. `CommonName of the subject`. */
  source?: string
  isDeclared: boolean
  /** Whether something refers to it: only then a value is needed. */
  isNeeded: boolean
}

/** Each parameter that the template declares or refers to, and each that the device, or a list, brings. Pure. */
export function describeParameters(
  { parameters, references }: Pick<Template, 'parameters' | 'references'>,
  given: ParameterValues,
  listed: ParameterValues = new Map(),
): ParameterReport[] {
  const names = new Set([...parameters.keys(), ...references.keys(), ...given.keys(), ...listed.keys()])
  return [...names].map((name) => {
    const declared = parameters.get(name)
    const value = given.get(name) ?? listed.get(name) ?? declared?.default
    const from = given.has(name) ? 'certificate' : listed.has(name) ? 'allow-list' : 'default'
    const source = sourceOf(name)
    return {
      name,
      ...(value !== undefined && { value, from }),
      ...(source !== undefined && { source }),
      isDeclared: declared !== undefined,
      isNeeded: references.has(name),
    }
  })
}

function sourceOf(name: string): string | undefined {
  if (name === certificateIdParameter) return 'fingerprint of the certificate'
  const attribute = subjectAttributeOf(name)
  return attribute === undefined ? undefined : `${attribute} of the subject`
}

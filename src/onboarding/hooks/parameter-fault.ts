import type { JsonObject } from '../../lib/lenient-json.ts'

/** AWS IoT API Reference, "RegisterThing". */
const maxNameCharacters = 2048
const maxValueCharacters = 4096

/** What is wrong with values for a template's parameters, if anything is. */
export function findParameterFault(parameters: JsonObject): string | undefined {
  for (const [name, value] of Object.entries(parameters)) {
    if (name.length > maxNameCharacters) return `a name is over ${maxNameCharacters} characters`
    const quoted = JSON.stringify(name.slice(0, 64))
    if (typeof value !== 'string') return `${quoted} must be a text`
    if (value.length > maxValueCharacters) return `${quoted} is over ${maxValueCharacters} characters`
  }
  return undefined
}

import { parseTemplate, type Template, type TemplateKind } from './parse.ts'

const maxTemplates = 200

/** @throws {TemplateError} with the place */
export type ParseTemplate = (body: string, kind: TemplateKind) => Template

/** Reads templates once: a CA's devices all bring the same one. Bounded; the least recently used goes first. */
export function createTemplateCache(): ParseTemplate {
  const templates = new Map<string, Template>()
  return (body, kind) => {
    const key = `${kind} ${body}`
    const template = templates.get(key) ?? parseTemplate(body, kind)
    templates.delete(key)
    templates.set(key, template)
    const oldest = templates.keys().next()
    if (templates.size > maxTemplates && !oldest.done) templates.delete(oldest.value)
    return template
  }
}

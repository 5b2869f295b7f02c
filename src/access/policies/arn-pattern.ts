/**
 * Patterns of ARNs. Each of the first five parts is matched by itself, so a wildcard there does not reach over
 * a colon; the last part of the pattern is matched with all that is left.
 * Source: IAM User Guide, "IAM JSON policy elements: Resource".
 */
import type { Lookup } from './document.ts'
import { compileGlobSource, matchesGlob, type GlobSource } from './glob.ts'
import { anyText, isVariable, type TextPart } from './template-text.ts'

export interface ArnPattern {
  /** As written, split up. */
  parts: readonly TextPart[]
  matches: (text: string, lookup: Lookup) => boolean
}

const headCount = 5

export function compileArnPattern(parts: readonly TextPart[]): ArnPattern {
  const [first] = parts
  const prefix = typeof first === 'string' ? first : ''
  if (parts.length === 1 && first === anyText) return { parts, matches: () => true }
  if (parts.length === 1 && prefix !== '') return { parts, matches: (text) => text === prefix }
  const split = splitSections(parts)
  const tail = compileGlobSource(split.at(-1) ?? [])
  const head = split.slice(0, -1)
  const headLength = plainHeadLength(head)
  const sections = head.map(compileGlobSource)
  const matches = (text: string, lookup: Lookup): boolean => {
    if (!text.startsWith(prefix)) return false
    const start = headLength ?? skipHead(sections, text, lookup)
    const glob = start === -1 ? undefined : tail(lookup)
    return glob !== undefined && matchesGlob(glob, text, start)
  }
  return { parts, matches }
}

/**
 * An ARN that ends early stands for all that begins so: `arn:aws:iot` is `arn:aws:iot:*:*:*`. What ends in a
 * wildcard reaches over colons by itself, and what a variable holds is not known.
 */
export function completeArn(parts: readonly TextPart[]): readonly TextPart[] {
  const [first] = parts
  if (typeof first !== 'string' || !first.startsWith('arn:')) return parts
  const sections = splitSections(parts)
  if (sections.length > headCount || sections.at(-1)?.some((part) => part === anyText || isVariable(part)))
    return parts
  const missing = Array.from({ length: headCount + 1 - sections.length }, (): TextPart[] => [
    ':',
    anyText,
  ]).flat()
  const last = parts.at(-1)
  return typeof last === 'string'
    ? [...parts.slice(0, -1), `${last}:`, ...missing.slice(1)]
    : [...parts, ...missing]
}

/** At the first five colons that the pattern itself holds. */
function splitSections(parts: readonly TextPart[]): TextPart[][] {
  const sections: TextPart[][] = [[]]
  for (const part of parts) {
    if (typeof part !== 'string') {
      sections.at(-1)?.push(part)
      continue
    }
    let start = 0
    while (sections.length <= headCount) {
      const colon = part.indexOf(':', start)
      if (colon === -1) break
      if (colon > start) sections.at(-1)?.push(part.slice(start, colon))
      sections.push([])
      start = colon + 1
    }
    if (start < part.length) sections.at(-1)?.push(part.slice(start))
  }
  return sections
}

/** How long the head is with its colons, when it is plain text, and so a part of the prefix. */
function plainHeadLength(head: readonly TextPart[][]): number | undefined {
  let length = 0
  for (const section of head) {
    for (const part of section) {
      if (typeof part !== 'string') return undefined
      length += part.length
    }
    length++
  }
  return length
}

/** Where the last part of the text begins; -1 when the parts before it do not match. */
function skipHead(sections: readonly GlobSource[], text: string, lookup: Lookup): number {
  let start = 0
  for (const section of sections) {
    const colon = text.indexOf(':', start)
    const glob = colon === -1 ? undefined : section(lookup)
    if (!glob || !matchesGlob(glob, text.slice(start, colon))) return -1
    start = colon + 1
  }
  return start
}

/**
 * Patterns of ARNs. Each of the first five parts is matched by itself, so a wildcard there does not reach over
 * a colon; the last part of the pattern is matched with all that is left.
 * Source: IAM User Guide, "IAM JSON policy elements: Resource".
 */
import type { Lookup } from './document.ts'
import { compileGlobSource, matchesGlob, type GlobSource } from './glob.ts'
import { anyText, type TextPart } from './template-text.ts'

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

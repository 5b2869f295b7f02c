/** Patterns such as `yyyy-MM-dd'T'HH:mm:ss`, as Joda-Time and java.time share them. */
export type TimePart = { literal: string } | { letter: string; count: number }

export const maxPatternLength = 256

/** Undefined when a quote is not closed. */
export function parseTimePattern(pattern: string): TimePart[] | undefined {
  const parts: TimePart[] = []
  for (const [part] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^]/g)) {
    if (part === "'") return undefined
    const isQuoted = part.startsWith("'")
    if (isQuoted) parts.push({ literal: part === "''" ? "'" : part.slice(1, -1).replaceAll("''", "'") })
    else if (/^[A-Za-z]/.test(part)) parts.push({ letter: part.charAt(0), count: part.length })
    else parts.push({ literal: part })
  }
  return parts
}

export const months =
  'January February March April May June July August September October November December'.split(' ')
export const weekdays = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')

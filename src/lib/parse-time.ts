const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d([.]\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/
/** Fewer digits may be seconds, or a day. */
const epochMs = /^\d{12,15}$/

/** How a time is written that `parseTime` takes, for messages. */
export const timeForms = 'a time like 2026-01-31T12:00:00Z, or milliseconds since 1970'

/** ISO 8601 with its offset, where a day means its beginning in UTC, or epoch milliseconds. Nothing for other text. */
export function parseTime(text: string): Date | undefined {
  if (!iso.test(text) && !epochMs.test(text)) return undefined
  const time = new Date(epochMs.test(text) ? Number(text) : text)
  return Number.isNaN(time.getTime()) ? undefined : time
}

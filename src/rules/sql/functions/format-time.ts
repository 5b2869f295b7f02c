/** Source: Joda-Time, DateTimeFormat. */
import { months, parseTimePattern, weekdays } from './time-pattern.ts'

const maxDigits = 20

/**
 * Milliseconds since 1970 in the time zone (`UTC`, `America/Belize`, `+01:00`). Undefined for a pattern letter or a
 * time zone that is unknown, and for a time that no calendar holds.
 */
export function formatTime(pattern: string, epochMs: number, zone: string): string | undefined {
  const time = toZonedTime(epochMs, zone)
  const parts = parseTimePattern(pattern)
  if (!time || !parts) return undefined
  let text = ''
  for (const part of parts) {
    const piece = 'literal' in part ? part.literal : formatPart(part.letter, part.count, time)
    if (piece === undefined) return undefined
    text += piece
  }
  return text
}

function toZonedTime(epochMs: number, zone: string): Temporal.ZonedDateTime | undefined {
  try {
    return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone)
  } catch (error) {
    if (error instanceof RangeError) return undefined // an unknown zone, or a time out of range
    throw error
  }
}

const digits = (value: number, count: number): string =>
  String(value).padStart(Math.min(count, maxDigits), '0')

const named = (names: readonly string[], index: number, count: number): string | undefined =>
  count > 3 ? names[index] : names[index]?.slice(0, 3)

const year = (value: number, count: number): string =>
  count === 2 ? digits(value % 100, 2) : digits(value, count)

function formatPart(letter: string, count: number, time: Temporal.ZonedDateTime): string | undefined {
  switch (letter) {
    case 'G':
      return time.year > 0 ? 'AD' : 'BC'
    case 'C':
      return digits(Math.floor(time.year / 100), count)
    case 'y':
      return year(time.year > 0 ? time.year : 1 - time.year, count)
    case 'Y':
      return year(time.year, count)
    case 'x':
      return year(time.yearOfWeek ?? time.year, count)
    case 'M':
      return count > 2 ? named(months, time.month - 1, count) : digits(time.month, count)
    case 'w':
      return digits(time.weekOfYear ?? 0, count)
    case 'D':
      return digits(time.dayOfYear, count)
    case 'd':
      return digits(time.day, count)
    case 'e':
      return digits(time.dayOfWeek, count)
    case 'E':
      return named(weekdays, time.dayOfWeek - 1, count)
    default:
      return formatClock(letter, count, time)
  }
}

function formatClock(letter: string, count: number, time: Temporal.ZonedDateTime): string | undefined {
  switch (letter) {
    case 'a':
      return time.hour < 12 ? 'AM' : 'PM'
    case 'H':
      return digits(time.hour, count)
    case 'k':
      return digits(time.hour || 24, count)
    case 'K':
      return digits(time.hour % 12, count)
    case 'h':
      return digits(time.hour % 12 || 12, count)
    case 'm':
      return digits(time.minute, count)
    case 's':
      return digits(time.second, count)
    case 'S':
      return digits(time.millisecond, 3).padEnd(Math.min(count, maxDigits), '0').slice(0, count)
    case 'z':
      return zoneName(time, count > 3 ? 'long' : 'short')
    case 'Z':
      return count > 2 ? time.timeZoneId : count === 2 ? time.offset : time.offset.replace(':', '')
    default:
      return undefined
  }
}

/** English knows the short names of some zones only where they are in use. */
const locales = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA']

function zoneName(time: Temporal.ZonedDateTime, style: 'short' | 'long'): string {
  let name = time.offset
  for (const locale of locales) {
    const parts = new Intl.DateTimeFormat(locale, {
      timeZone: time.timeZoneId,
      timeZoneName: style,
    }).formatToParts(time.epochMilliseconds)
    name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? name
    if (!/^GMT[+-]/.test(name)) return name
  }
  return name
}

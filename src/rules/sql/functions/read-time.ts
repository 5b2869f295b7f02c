/** Source: java.time.format.DateTimeFormatter, letters and their counts. */
import { months, parseTimePattern, type TimePart, weekdays } from './time-pattern.ts'

interface Fields {
  year?: number
  month?: number
  day?: number
  dayOfYear?: number
  hour?: number
  hour12?: number
  isAfternoon?: boolean
  isBeforeChrist?: boolean
  minute?: number
  second?: number
  nanosecond?: number
  zone?: string
}

/** Milliseconds since 1970; UTC unless the text names a zone. Undefined when the text does not fit the pattern. */
export function readTime(text: string, pattern: string): number | undefined {
  const parts = parseTimePattern(pattern)
  if (!parts) return undefined
  const fields: Fields = {}
  let at = 0
  for (const [index, part] of parts.entries()) {
    if ('literal' in part) {
      if (!text.startsWith(part.literal, at)) return undefined
      at += part.literal.length
      continue
    }
    const width = widthOf(part)
    const source = width
      ? digitsPattern(width, digitsLeft(text, at, parts.slice(index + 1)))
      : wordPattern(part)
    const found = source && matchAt(new RegExp(source, 'iy'), text, at)
    if (found === undefined || found === '') return undefined
    store(fields, part.letter, found)
    at += found.length
  }
  return at === text.length ? toEpoch(fields) : undefined
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

interface Width {
  min: number
  max: number
  isSigned?: true
}
type Letters = Extract<TimePart, { letter: string }>

/** How many digits a number has; undefined for what is written in letters. */
function widthOf({ letter, count }: Letters): Width | undefined {
  if ('yu'.includes(letter))
    return count === 2 ? { min: 2, max: 2 } : { min: Math.min(count, 6), max: 6, isSigned: true }
  if ('ML'.includes(letter) && count > 2) return undefined
  const fixed = { min: Math.min(count, 9), max: Math.min(count, 9) }
  if (letter === 'S') return fixed
  if (letter === 'D') return count === 1 ? { min: 1, max: 3 } : fixed
  return 'MLdHhKkms'.includes(letter) ? (count === 1 ? { min: 1, max: 2 } : fixed) : undefined
}

/** A number leaves the digits that those of fixed width right behind it need, as in yyyyMMdd. */
function digitsLeft(text: string, at: number, next: readonly TimePart[]): number {
  let left = (matchAt(/-?\d*/y, text, at) ?? '').replace('-', '').length
  for (const part of next) {
    const width = 'letter' in part ? widthOf(part) : undefined
    if (!width || width.min !== width.max) break
    left -= width.min
  }
  return left
}

const digitsPattern = ({ min, max, isSigned }: Width, left: number): string =>
  `${isSigned ? '-?' : ''}\\d{${min},${Math.min(Math.max(left, min), max)}}`

const zonePattern = '(?:(?:UTC|GMT|UT)?[+-]\\d{1,2}(?::?\\d{2})?|[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)'

function wordPattern({ letter, count }: Letters): string | undefined {
  switch (letter) {
    case 'M':
    case 'L':
      return names(months, count)
    case 'E':
      return names(weekdays, count)
    case 'a':
      return '[AP]M'
    case 'G':
      return '(?:AD|BC)'
    case 'X':
    case 'x':
    case 'Z':
      return '(?:Z|[+-]\\d{2}(?::?\\d{2})?)'
    case 'O':
    case 'V':
    case 'z':
      return zonePattern
    default:
      return undefined
  }
}

const names = (all: readonly string[], count: number): string =>
  `(?:${all.map((name) => (count === 3 ? name.slice(0, 3) : name)).join('|')})`

function store(fields: Fields, letter: string, found: string): void {
  switch (letter) {
    case 'y':
    case 'u':
      fields.year = Number(found) + (found.length === 2 ? 2000 : 0)
      return
    case 'M':
    case 'L':
      fields.month = /\d/.test(found) ? Number(found) : monthOf(found)
      return
    case 'd':
      fields.day = Number(found)
      return
    case 'D':
      fields.dayOfYear = Number(found)
      return
    case 'G':
      fields.isBeforeChrist = found.toUpperCase() === 'BC'
      return
    default:
      storeClock(fields, letter, found)
  }
}

const monthOf = (name: string): number =>
  1 + months.findIndex((month) => month.toLowerCase().startsWith(name.toLowerCase()))

function storeClock(fields: Fields, letter: string, found: string): void {
  switch (letter) {
    case 'H':
      fields.hour = Number(found)
      return
    case 'k':
      fields.hour = Number(found) % 24
      return
    case 'h':
    case 'K':
      fields.hour12 = Number(found) % 12
      return
    case 'a':
      fields.isAfternoon = found.toUpperCase() === 'PM'
      return
    case 'm':
      fields.minute = Number(found)
      return
    case 's':
      fields.second = Number(found)
      return
    case 'S':
      fields.nanosecond = Number(found.padEnd(9, '0'))
      return
    default:
      if (letter !== 'E') fields.zone = found
  }
}

function toEpoch(fields: Fields): number | undefined {
  const { year, zone = 'UTC', minute = 0, second = 0, nanosecond = 0, isAfternoon = false } = fields
  if (year === undefined) return undefined
  const hour = fields.hour ?? (fields.hour12 ?? 0) + (isAfternoon ? 12 : 0)
  try {
    const date = dateOf(fields, fields.isBeforeChrist ? 1 - year : year)
    const fraction = { millisecond: Math.floor(nanosecond / 1e6) }
    const time = Temporal.PlainTime.from({ hour, minute, second, ...fraction }, { overflow: 'reject' })
    return date?.toZonedDateTime({ plainTime: time, timeZone: zoneIdOf(zone) }).epochMilliseconds
  } catch (error) {
    if (error instanceof RangeError) return undefined // no such day, time or zone
    throw error
  }
}

function dateOf({ month, day, dayOfYear }: Fields, year: number): Temporal.PlainDate | undefined {
  if (dayOfYear !== undefined) {
    const date = Temporal.PlainDate.from({ year, month: 1, day: 1 }).add({ days: dayOfYear - 1 })
    return date.year === year ? date : undefined
  }
  if (month === undefined || day === undefined) return undefined
  return Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' })
}

const zoneNames = new Map([
  ['Z', 'UTC'],
  ['UT', 'UTC'],
  ['GMT', 'UTC'],
  ['EST', 'America/New_York'],
  ['EDT', 'America/New_York'],
  ['CST', 'America/Chicago'],
  ['CDT', 'America/Chicago'],
  ['MST', 'America/Denver'],
  ['MDT', 'America/Denver'],
  ['PST', 'America/Los_Angeles'],
  ['PDT', 'America/Los_Angeles'],
  ['CET', 'Europe/Paris'],
  ['CEST', 'Europe/Paris'],
  ['JST', 'Asia/Tokyo'],
])

function zoneIdOf(zone: string): string {
  const [, sign, hours, minutes = '00'] = /^(?:UTC|GMT|UT)?([+-])(\d{1,2}):?(\d{2})?$/i.exec(zone) ?? []
  return sign ? `${sign}${hours?.padStart(2, '0')}:${minutes}` : (zoneNames.get(zone.toUpperCase()) ?? zone)
}

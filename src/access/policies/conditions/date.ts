/**
 * Dates of conditions: ISO 8601 as IAM reads it, which lets most parts be short or absent, or seconds since 1970.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Date condition operators". What is
 * taken beyond that page's examples (`01T`, `2016-12-13t2:00+23`, the year -292275054) is as seen of IAM.
 */

const calendar =
  /^([+-]?\d{1,9})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:t(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?(z|[+-]\d\d(?::?\d\d)?)?)?)?$/i
const seconds = /^\d+(?:\.\d+)?$/
/** Of a signed number of 64 bits. */
const maxSeconds = 9_223_372_036_854_775_807n
/** In milliseconds a signed number of 64 bits holds no other years. */
const years = { first: -292_275_054, last: 292_278_993 }

/**
 * Milliseconds since 1970, UTC when no offset says otherwise; infinite for years that JavaScript's dates do not
 * reach. Four digits are a year, other plain numbers are seconds. `undefined` for what is no date.
 */
export function parseDate(text: string): number | undefined {
  if (seconds.test(text) && text.length !== 4) {
    const isInRange = BigInt(text.split('.')[0] ?? '') <= maxSeconds
    return isInRange ? Number(text) * 1000 : undefined
  }
  const match = calendar.exec(text)
  if (!match) return undefined
  const [, year, month = '1', day = '1', hour = '0', minute = '0', second = '0', fraction = '0'] = match
  const parts = { year, month, day, hour, minute, second }
  if (!Object.entries(parts).every(([name, part]) => isIn(name as keyof typeof ranges, Number(part))))
    return undefined
  const offset = parseOffset(match[8] ?? 'z')
  if (offset === undefined) return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second), Math.trunc(Number(`0.${fraction}`) * 1000))
  const time = date.getTime() - offset
  if (Number.isNaN(time)) return Number(year) < 0 ? -Infinity : Infinity
  return time
}

const ranges = {
  year: [years.first, years.last],
  month: [1, 12],
  day: [1, 31],
  hour: [0, 23],
  minute: [0, 59],
  second: [0, 59],
} as const

function isIn(name: keyof typeof ranges, value: number): boolean {
  const [least, most] = ranges[name]
  return value >= least && value <= most
}

/** Milliseconds that an offset such as `+01:00`, `+0100`, or `+01` is ahead of UTC. */
function parseOffset(text: string): number | undefined {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(text) ?? []
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

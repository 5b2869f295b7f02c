/** Times in text. Source: AWS IoT Developer Guide, "Functions": parse_time(), time_to_epoch(). */
import { intOf, toDouble } from '../values/decimal.ts'
import { toIntBelow, toText } from '../values/convert.ts'
import type { Value } from '../values/value.ts'
import { formatTime } from './format-time.ts'
import type { Call, SqlFunctions } from './function.ts'
import { readTime } from './read-time.ts'
import { maxPatternLength } from './time-pattern.ts'

function formatted([pattern, time, zone]: readonly Value[], { budget }: Call, count: number): Value {
  const text = toText(pattern, budget)
  const ms = toIntBelow(time)
  const zoneName = count === 3 ? toText(zone, budget) : 'UTC'
  if (text === undefined || ms === undefined || zoneName === undefined) return undefined
  if (text.length > maxPatternLength) return undefined
  budget.spend(1000) // time zones are slow
  return formatTime(text, toDouble(ms), zoneName)
}

function epoch([time, pattern]: readonly Value[], { budget }: Call): Value {
  const text = toText(time, budget)
  const format = toText(pattern, budget)
  if (text === undefined || format === undefined || format.length > maxPatternLength) return undefined
  budget.spend(1000 + text.length)
  const ms = readTime(text, format)
  return ms === undefined ? undefined : intOf(ms)
}

export const times: SqlFunctions = {
  parse_time: { args: [2, 3], isNewer: true, run: (args, call) => formatted(args, call, args.length) },
  time_to_epoch: { args: [2, 2], isNewer: true, run: epoch },
}

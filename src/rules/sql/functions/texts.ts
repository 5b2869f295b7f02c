/** Strings. Source: AWS IoT Developer Guide, "Functions". */
import type { Budget } from '../budget.ts'
import { Decimal, intOf, toDouble } from '../values/decimal.ts'
import { isArray, type Value } from '../values/value.ts'
import { toIntBelow, toText } from '../values/convert.ts'
import type { Call, SqlFunction, SqlFunctions } from './function.ts'
import { clampedIndex } from './numbers.ts'

/** Every argument as a string; Undefined when one does not convert. */
export const ofTexts = (
  count: number,
  run: (texts: readonly [string, string, string], call: Call) => Value,
): SqlFunction => ({
  args: [count, count],
  run: (args, call) => {
    const texts: string[] = []
    for (const argument of args) {
      const text = toText(argument, call.budget)
      if (text === undefined) return undefined
      call.budget.spendText(text.length)
      texts.push(text)
    }
    const [first = '', second = '', third = ''] = texts
    return run([first, second, third], call)
  },
})

const maxPadding = 1000

const padded = (join: (text: string, spaces: string) => string): SqlFunction => ({
  args: [2, 2],
  run: ([value, count], { budget }) => {
    const text = toText(value, budget)
    const spaces = toIntBelow(count)
    if (text === undefined || spaces === undefined) return undefined
    return join(text, ' '.repeat(clampedIndex(spaces, maxPadding)))
  },
})

function concat(args: readonly Value[], { budget }: Call): Value {
  const [first] = args
  if (args.length === 1)
    return typeof first === 'object' && !(first instanceof Decimal) ? first : toText(first, budget)
  if (args.some(isArray)) return concatArrays(args, budget)
  if (!args.some((argument) => typeof argument === 'string')) return undefined
  let joined = ''
  for (const argument of args) {
    const text = toText(argument, budget)
    if (text === undefined) return undefined
    budget.spendText(joined.length + text.length)
    joined += text
  }
  return joined
}

function concatArrays(args: readonly Value[], budget: Budget): Value {
  const items: Value[] = []
  for (const argument of args) {
    const more = isArray(argument) ? argument : [argument]
    budget.spendItems(more.length)
    for (const item of more) items.push(item)
  }
  return items
}

function substring([value, from, to]: readonly Value[], { budget }: Call, count: number): Value {
  const text = toText(value, budget)
  const start = toIntBelow(from)
  const end = count === 3 ? toIntBelow(to) : intOf(text?.length ?? 0)
  if (text === undefined || start === undefined || end === undefined) return undefined
  const [first, last] = [clampedIndex(start, text.length), clampedIndex(end, text.length)]
  return first >= last ? '' : text.slice(first, last)
}

/** Asks for the time that a search may take: both texts may come from a message. */
function spendSearch(text: string, wanted: string, budget: Budget): void {
  budget.spend(
    Math.ceil((text.length * Math.min(wanted.length, Math.max(text.length - wanted.length, 1))) / 256),
  )
}

function indexof([text, wanted]: readonly [string, string, string], { budget }: Call): Value {
  spendSearch(text, wanted, budget)
  return intOf(text.indexOf(wanted))
}

function replace([text, wanted, by]: readonly [string, string, string], { budget }: Call): Value {
  spendSearch(text, wanted, budget)
  const count = wanted === '' ? text.length + 1 : text.split(wanted).length - 1
  budget.spend(count)
  budget.spendText(text.length + count * (by.length - wanted.length))
  return text.replaceAll(wanted, () => by)
}

const maxAscii = 127

function chr([value]: readonly Value[]): Value {
  const int = toIntBelow(value)
  const code = int ? toDouble(int) : -1
  return code >= 0 && code <= maxAscii ? String.fromCharCode(code) : undefined
}

export const texts: SqlFunctions = {
  chr: { args: [1, 1], run: chr },
  concat: { args: [0, Infinity], run: concat },
  endswith: ofTexts(2, ([text, end]) => text.endsWith(end)),
  indexof: { ...ofTexts(2, indexof), isNewer: true },
  length: { ...ofTexts(1, ([text]) => intOf(text.length)), isNewer: true },
  lower: ofTexts(1, ([text]) => text.toLowerCase()),
  lpad: padded((text, spaces) => spaces + text),
  ltrim: ofTexts(1, ([text]) => text.trimStart()),
  numbytes: { ...ofTexts(1, ([text]) => intOf(Buffer.byteLength(text))), isNewer: true },
  replace: ofTexts(3, replace),
  rpad: padded((text, spaces) => text + spaces),
  rtrim: ofTexts(1, ([text]) => text.trimEnd()),
  startswith: ofTexts(2, ([text, start]) => text.startsWith(start)),
  substring: { args: [2, 3], run: (args, call) => substring(args, call, args.length) },
  trim: ofTexts(1, ([text]) => text.trim()),
  upper: ofTexts(1, ([text]) => text.toUpperCase()),
}

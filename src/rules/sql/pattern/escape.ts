/** One character, written as an escape. Source: java.util.regex.Pattern, "Characters". */
import { PatternError } from './pattern-error.ts'

const letters = new Map([
  ['t', 9],
  ['n', 10],
  ['r', 13],
  ['f', 12],
  ['a', 7],
  ['e', 27],
])
const hexadecimal = /x([\da-fA-F]{2})|u([\da-fA-F]{4})|x\{([\da-fA-F]{1,6})\}/y
const octal = /0([0-3][0-7]{2}|[0-7]{1,2})/y
const control = /c([\0-\x7f])/y // oxlint-disable-line no-control-regex -- Java takes any character here

/**
 * `at` is behind the backslash.
 * @throws {PatternError} for letters and digits that stand for nothing
 */
export function readEscape(text: string, at: number): { code: number; length: number } {
  const letter = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const code = letters.get(letter)
  if (code !== undefined) return { code, length: 1 }
  const hex = matchAt(hexadecimal, text, at)
  if (hex) return { code: Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16), length: hex[0].length }
  const digits = matchAt(octal, text, at)
  if (digits) return { code: Number.parseInt(digits[1] ?? '', 8), length: digits[0].length }
  const key = matchAt(control, text, at)
  if (key) return { code: (key[1] ?? '').charCodeAt(0) ^ 0x40, length: key[0].length }
  if (at >= text.length || /[A-Za-z0-9]/.test(letter))
    throw new PatternError('invalid', `an unknown escape \\${text.slice(at, at + 1)}`)
  return { code: letter.codePointAt(0) ?? 0, length: letter.length }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

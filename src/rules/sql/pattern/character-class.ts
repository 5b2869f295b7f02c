/** What one character of a regular expression matches. Source: Java's java.util.regex.Pattern, which AWS uses. */

/** True when a code point matches. */
export type CharacterTest = (code: number) => boolean

const isDigit: CharacterTest = (code) => code >= 0x30 && code <= 0x39
const isWord: CharacterTest = (code) =>
  isDigit(code) || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f
const isSpace: CharacterTest = (code) => code === 0x20 || (code >= 0x09 && code <= 0x0d)
const isHorizontalSpace: CharacterTest = (code) =>
  code === 0x20 ||
  code === 0x09 ||
  code === 0xa0 ||
  code === 0x1680 ||
  code === 0x180e ||
  (code >= 0x2000 && code <= 0x200a) ||
  code === 0x202f ||
  code === 0x205f ||
  code === 0x3000
const isVerticalSpace: CharacterTest = (code) =>
  (code >= 0x0a && code <= 0x0d) || code === 0x85 || code === 0x2028 || code === 0x2029
const not =
  (test: CharacterTest): CharacterTest =>
  (code) =>
    !test(code)

/** `\d` and its like, by letter. */
export const shorthandClasses: ReadonlyMap<string, CharacterTest> = new Map([
  ['d', isDigit],
  ['D', not(isDigit)],
  ['w', isWord],
  ['W', not(isWord)],
  ['s', isSpace],
  ['S', not(isSpace)],
  ['h', isHorizontalSpace],
  ['H', not(isHorizontalSpace)],
  ['v', isVerticalSpace],
  ['V', not(isVerticalSpace)],
])

export const isWordCharacter = isWord

/** `.` without the s flag. */
export const isNoLineEnd: CharacterTest = (code) =>
  code !== 0x0a && code !== 0x0d && code !== 0x85 && code !== 0x2028 && code !== 0x2029

const posixClasses = new Map([
  ['Lower', '[a-z]'],
  ['Upper', '[A-Z]'],
  ['Alpha', '[A-Za-z]'],
  ['Digit', '[0-9]'],
  ['Alnum', '[A-Za-z0-9]'],
  ['Punct', '[!-/:-@[-`{-~]'],
  ['Graph', '[!-~]'],
  ['Print', '[ -~]'],
  ['Blank', '[ \\t]'],
  ['XDigit', '[0-9A-Fa-f]'],
  ['Space', '[ \\t-\\r]'],
  ['ASCII', '[\\0-\\x7f]'],
  ['Cntrl', '[\\0-\\x1f\\x7f]'],
])

/** What `\p{name}` matches; undefined for a name that is unknown. */
export function propertyClass(name: string, isNegated: boolean): CharacterTest | undefined {
  const source = posixClasses.get(name) ?? `\\p{${name.replace(/^Is/, '')}}`
  if (!/^[A-Za-z_=]{1,40}$/.test(name)) return undefined
  try {
    const pattern = new RegExp(`^${source}$`, 'u')
    return (code) => pattern.test(String.fromCodePoint(code)) !== isNegated
  } catch {
    return undefined // the engine knows no such property
  }
}

const otherCase = (code: number): number => {
  if (code > 0x7f) return code // without the u flag Java folds ASCII only
  if (code >= 0x61 && code <= 0x7a) return code - 0x20
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code
}

export const ignoringCase =
  (test: CharacterTest): CharacterTest =>
  (code) =>
    test(code) || test(otherCase(code))

/** A bracket expression: ascending or not, the ranges are put in order and searched by halves. */
export function rangesClass(ranges: readonly (readonly [number, number])[]): CharacterTest {
  const merged: [number, number][] = []
  for (const [low, high] of ranges.toSorted((left, right) => left[0] - right[0])) {
    const last = merged.at(-1)
    if (last && low <= last[1]) last[1] = Math.max(last[1], high)
    else merged.push([low, high])
  }
  return (code) => {
    let from = 0
    let to = merged.length
    while (from < to) {
      const middle = (from + to) >> 1
      const [low, high] = merged[middle] ?? [0, 0]
      if (code >= low && code <= high) return true
      if (code < low) to = middle
      else from = middle + 1
    }
    return false
  }
}

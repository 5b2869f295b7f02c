/** The patterns of the models: Java's syntax, matched against the whole text. */

const compiled = new Map<string, RegExp>()

export function matchesPattern(pattern: string, text: string): boolean {
  const known = compiled.get(pattern)
  if (known) return known.test(text)
  const expression = compilePattern(pattern)
  compiled.set(pattern, expression)
  return expression.test(text)
}

/** POSIX classes of Java, ASCII only (java.util.regex.Pattern, "POSIX character classes"). */
const posixClasses: Record<string, string> = {
  Graph: String.raw`\x21-\x7E`,
  Upper: 'A-Z',
  Digit: '0-9',
  Cntrl: String.raw`\x00-\x1F\x7F`,
}

function compilePattern(pattern: string): RegExp {
  // Inside of brackets only, which is where the models use them.
  const portable = pattern.replaceAll(/\\p\{(\w+)\}/g, (whole, name: string) => posixClasses[name] ?? whole)
  try {
    return new RegExp(`^(?:${portable})$`, 'u')
  } catch {
    return new RegExp(`^(?:${portable})$`) // escapes such as \: that the Unicode mode refuses
  }
}

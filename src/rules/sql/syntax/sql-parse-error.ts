/** Why a statement or a substitution template is refused, and where. */
export class SqlParseError extends Error {
  override readonly name = 'SqlParseError'
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** What would have been right there. */
  readonly expected: string

  constructor(text: string, at: number, problem: { expected: string; found: string }) {
    const before = text.slice(0, at).split('\n')
    const line = before.length
    const column = (before.at(-1)?.length ?? 0) + 1
    super(`expected ${problem.expected}, but ${problem.found} at line ${line}, column ${column}`)
    this.line = line
    this.column = column
    this.expected = problem.expected
  }
}

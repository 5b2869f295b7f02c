/** Where the statements of a policy document stand in its text. */

/** From 1, as editors count. */
interface Position {
  Line: number
  Column: number
}

export interface Span {
  StartPosition: Position
  EndPosition: Position
}

/**
 * By the index of the statement. As AWS counts, a statement begins behind the bracket that opens the list, or behind the
 * brace of a statement that stands alone, and ends behind its closing brace.
 * assumed: a later one of a list begins behind the comma
 *
 * `text` is a document that `parsePolicyDocument` took.
 */
export function statementPositions(text: string): Span[] {
  const opening = findStatements(text)
  if (opening === -1) return []
  const isList = text[opening] === '['
  const toPosition = positionsIn(text)
  const spans: Span[] = []
  let start = opening + 1
  let depth = isList ? 0 : 1
  for (const { at, token } of tokensOf(text, start)) {
    if (token === ',' && depth === 0) start = at + 1
    if (token === '{' || token === '[') depth++
    if (token !== '}' && token !== ']') continue
    if (--depth < 0) break // the list ends
    if (depth > 0) continue
    spans.push({ StartPosition: toPosition(start), EndPosition: toPosition(at + 1) })
    if (!isList) break
  }
  return spans
}

/** Where the value of the member `Statement` begins; -1 when there is none. */
function findStatements(text: string): number {
  let depth = 0
  let before = ''
  for (const { at, token } of tokensOf(text, 0)) {
    if (token === '{' || token === '[') depth++
    if (token === '}' || token === ']') depth--
    if (token === ':' && depth === 1 && JSON.parse(before) === 'Statement')
      return at + 1 + text.slice(at + 1).search(/\S/)
    before = token
  }
  return -1
}

/** Strings, and what structures the text outside of them. */
function* tokensOf(text: string, from: number): Generator<{ at: number; token: string }> {
  const pattern = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs
  pattern.lastIndex = from
  for (let match = pattern.exec(text); match; match = pattern.exec(text))
    yield { at: match.index, token: match[0] }
}

/** Offsets are asked for in ascending order. */
function positionsIn(text: string): (offset: number) => Position {
  let line = 1
  let lineStart = 0
  return (offset) => {
    for (let end = text.indexOf('\n', lineStart); end !== -1 && end < offset;) {
      line++
      lineStart = end + 1
      end = text.indexOf('\n', lineStart)
    }
    return { Line: line, Column: offset - lineStart + 1 }
  }
}

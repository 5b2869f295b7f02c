import { parseExpression, type Condition, type MatchMessage } from './expression.ts'
import { invalidPattern } from './pattern-error.ts'

const ellipsis = '...'

/** `[ip, ..., status = 4*, bytes > 1000]`: one field for each column, `...` for any number of them. */
export function parseDelimited(text: string): MatchMessage {
  const fields = splitFields(text)
  const gap = fields.indexOf(ellipsis)
  if (gap !== fields.lastIndexOf(ellipsis)) throw invalidPattern(`'...' stands more than once`)
  const head = (gap === -1 ? fields : fields.slice(0, gap)).map(parseField)
  const tail = gap === -1 ? [] : fields.slice(gap + 1).map(parseField)
  const count = head.length + tail.length
  return (message) => {
    const columns = splitColumns(message)
    if (gap === -1 ? columns.length !== count : columns.length < count) return false
    const offset = columns.length - tail.length
    return (
      head.every((holds, index) => holds(columns[index] ?? '')) &&
      tail.every((holds, index) => holds(columns[offset + index] ?? ''))
    )
  }
}

/** A name alone takes any column. */
function parseField(field: string): Condition<string> {
  if (field === '') throw invalidPattern('a field is empty')
  if (/^[^\s=<>!&|()"]+$/.test(field)) return () => true
  return parseExpression<string>(field, { kind: 'word', compile: () => (column) => column })
}

/** At commas that are not within quotation marks. */
function splitFields(text: string): string[] {
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted
    if (character === ',' && !isQuoted) {
      fields.push(field.trim())
      field = ''
    } else field += character
  }
  if (isQuoted) throw invalidPattern('a quotation mark is not closed')
  return [...fields, field.trim()]
}

/** At white space; what is in quotation marks or brackets is one column without them. */
function splitColumns(message: string): string[] {
  const columns: string[] = []
  const wordEnd = /\s|$/g
  let at = 0
  while ((at = skipSpace(message, at)) < message.length) {
    const closing = closings.get(message[at] ?? '')
    const end = closing === undefined ? -1 : message.indexOf(closing, at + 1)
    if (closing !== undefined && end === -1) return [...columns, message.slice(at)] // never closed: the rest is one
    if (end === -1) {
      wordEnd.lastIndex = at
      const wordStops = wordEnd.exec(message)?.index ?? message.length
      columns.push(message.slice(at, wordStops))
      at = wordStops
    } else {
      columns.push(message.slice(at + 1, end))
      at = end + 1
    }
  }
  return columns
}

const closings = new Map([
  ['"', '"'],
  ['[', ']'],
])

function skipSpace(message: string, from: number): number {
  const match = /\S/g
  match.lastIndex = from
  return match.exec(message)?.index ?? message.length
}

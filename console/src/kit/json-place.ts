/** Where a member stands in the text of a JSON document. */
export interface Range {
  from: number
  to: number
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/**
 * Of a path such as `Resources.thing.Properties.ThingName`; of one that does not lead to the end, the last member that is
 * there. Names with dots in them are taken as they come. `undefined`: nothing of it.
 */
export function findPlace(text: string, path: string): Range | undefined {
  const tokens = [...text.matchAll(token)].map((match) => ({ text: match[0], at: match.index }))
  let found: Range | undefined
  let wanted = path
  let next = 0

  function skip(): void {
    let depth = 0
    do {
      const { text: one = '' } = tokens[next] ?? {}
      if (one === '{' || one === '[') depth += 1
      if (one === '}' || one === ']') depth -= 1
      next += 1
    } while (depth > 0 && next < tokens.length)
  }

  function enter(): boolean {
    if (tokens[next]?.text !== '{') return false
    next += 1
    while (next < tokens.length && tokens[next]?.text !== '}') {
      const key = tokens[next]
      const name = key?.text.slice(1, -1) ?? ''
      const isIt = wanted === name || wanted.startsWith(`${name}.`) || wanted.startsWith(`${name}[`)
      next += 2
      if (isIt && key) {
        found = { from: key.at, to: key.at + key.text.length }
        wanted = wanted.slice(name.length + 1)
        return true
      }
      skip()
      if (tokens[next]?.text === ',') next += 1
    }
    return false
  }

  while (wanted !== '' && enter());
  return found
}

/** Wildcard matching in time proportional to pattern times text, whatever both hold. */
import type { Lookup } from './document.ts'
import { anyCharacter, anyText, expandText, isVariable, type TextPart, type Token } from './template-text.ts'

/** Text pieces at fixed distances; between them stands any one character. */
interface Run {
  /** Of all pieces and gaps. */
  length: number
  pieces: readonly { offset: number; text: string }[]
}

/** The runs between the `*` of a pattern. Without a `*` there is one run, and it is the whole text. */
export interface Glob {
  runs: readonly Run[]
}

export function compileGlob(tokens: readonly Token[]): Glob {
  const runs: Run[] = []
  let pieces: { offset: number; text: string }[] = []
  let length = 0
  for (const token of tokens) {
    if (token === anyText) {
      runs.push({ length, pieces })
      pieces = []
      length = 0
    } else if (token === anyCharacter) length += 1
    else {
      pieces.push({ offset: length, text: token })
      length += token.length
    }
  }
  return { runs: [...runs, { length, pieces }] }
}

/** Gives the glob with the variables' values in it; `undefined` when one has none. */
export type GlobSource = (lookup: Lookup) => Glob | undefined

/** Compiles at once what has no variables. */
export function compileGlobSource(parts: readonly TextPart[]): GlobSource {
  if (parts.some(isVariable))
    return (lookup) => {
      const tokens = expandText(parts, lookup)
      return tokens && compileGlob(tokens)
    }
  const glob = compileGlob(parts.filter((part): part is Token => !isVariable(part)))
  return () => glob
}

/** Whether the text from `start` on matches as a whole. */
export function matchesGlob({ runs }: Glob, text: string, start = 0): boolean {
  const [first] = runs
  if (!first) return false
  if (runs.length === 1) return text.length - start === first.length && standsAt(first, text, start)
  const last = runs[runs.length - 1] ?? first
  if (!standsAt(first, text, start)) return false
  let at = start + first.length
  const end = text.length - last.length
  for (let index = 1; index < runs.length - 1; index++) {
    const run = runs[index] ?? first
    const found = findRun(run, text, at, end) // the leftmost place leaves the most room for the rest
    if (found === -1) return false
    at = found + run.length
  }
  return end >= at && standsAt(last, text, end)
}

function standsAt({ length, pieces }: Run, text: string, at: number): boolean {
  if (at + length > text.length) return false
  for (const piece of pieces) if (!text.startsWith(piece.text, at + piece.offset)) return false
  return true
}

/** The first place at or after `from` where the run ends by `end`; -1 when there is none. */
function findRun(run: Run, text: string, from: number, end: number): number {
  const [first] = run.pieces
  if (!first) return from + run.length <= end ? from : -1
  for (let at = from; at + run.length <= end; at++) {
    const found = text.indexOf(first.text, at + first.offset)
    if (found === -1 || found - first.offset + run.length > end) return -1
    at = found - first.offset
    if (standsAt(run, text, at)) return at
  }
  return -1
}

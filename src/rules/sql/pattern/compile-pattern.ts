/** A regular expression as a small program, for a machine that follows all its ways at once. */
import type { CharacterTest } from './character-class.ts'
import { type Assertion, parsePattern, type PatternNode } from './parse-pattern.ts'
import { PatternError } from './pattern-error.ts'

type Instruction =
  | { do: 'character'; test: CharacterTest }
  | { do: 'assert'; assertion: Assertion }
  /** Both ways, the first one preferred. */
  | { do: 'split'; first: number; second: number }
  | { do: 'jump'; to: number }
  | { do: 'save'; slot: number }
  | { do: 'match' }

export interface Pattern {
  readonly program: readonly Instruction[]
  /** Without group 0, the whole match. */
  readonly groups: number
}

const maxLength = 2048
export const maxInstructions = 2000

/** @throws {PatternError} */
export function compilePattern(text: string): Pattern {
  if (text.length > maxLength)
    throw new PatternError(
      'not-offered',
      `a regular expression of ${text.length} characters, more than ${maxLength}`,
    )
  const { node, groups } = parsePattern(text)
  const program: Instruction[] = []
  emitGroup(program, 0, node)
  emit(program, { do: 'match' })
  return Object.freeze({ program, groups })
}

function emit(program: Instruction[], instruction: Instruction): number {
  if (program.length >= maxInstructions)
    throw new PatternError('not-offered', `a regular expression of more than ${maxInstructions} steps`)
  return program.push(instruction) - 1
}

function emitGroup(program: Instruction[], index: number, node: PatternNode): void {
  emit(program, { do: 'save', slot: index * 2 })
  emitNode(program, node)
  emit(program, { do: 'save', slot: index * 2 + 1 })
}

function emitNode(program: Instruction[], node: PatternNode): void {
  switch (node.kind) {
    case 'character':
      emit(program, { do: 'character', test: node.test })
      return
    case 'assertion':
      emit(program, { do: 'assert', assertion: node.assertion })
      return
    case 'group':
      emitGroup(program, node.index, node.node)
      return
    case 'sequence':
      for (const part of node.nodes) emitNode(program, part)
      return
    case 'choice':
      emitChoice(program, node.nodes)
      return
    case 'repeat':
      emitRepeat(program, node)
  }
}

function emitChoice(program: Instruction[], nodes: readonly PatternNode[]): void {
  const jumps: { to: number }[] = []
  for (const [index, node] of nodes.entries()) {
    if (index === nodes.length - 1) emitNode(program, node)
    else
      emitSplit(program, false, () => {
        emitNode(program, node)
        const jump = { do: 'jump' as const, to: 0 }
        emit(program, jump)
        jumps.push(jump)
      })
  }
  for (const jump of jumps) jump.to = program.length
}

/** `body` or what follows it, in the order of preference. */
function emitSplit(program: Instruction[], isLazy: boolean, body: () => void): void {
  const split = { do: 'split' as const, first: 0, second: 0 }
  const at = emit(program, split)
  body()
  split.first = isLazy ? program.length : at + 1
  split.second = isLazy ? at + 1 : program.length
}

function emitRepeat(program: Instruction[], repeat: PatternNode & { kind: 'repeat' }): void {
  const { node, min, max, isLazy } = repeat
  for (let count = 0; count < min; count++) {
    const before = program.length
    emitNode(program, node)
    if (program.length === before) break // nothing, however often
  }
  if (max === Infinity) {
    const start = program.length
    emitSplit(program, isLazy, () => {
      emitNode(program, node)
      emit(program, { do: 'jump', to: start })
    })
  } else emitOptional(program, repeat)
}

/** Each further repetition only after the one before it: all give up to the same end. */
function emitOptional(
  program: Instruction[],
  { node, min, max, isLazy }: PatternNode & { kind: 'repeat' },
): void {
  const splits: { first: number; second: number; at: number }[] = []
  for (let count = min; count < max; count++) {
    const split = { do: 'split' as const, first: 0, second: 0 }
    splits.push(Object.assign(split, { at: emit(program, split) }))
    emitNode(program, node)
  }
  for (const split of splits) {
    split.first = isLazy ? program.length : split.at + 1
    split.second = isLazy ? split.at + 1 : program.length
  }
}

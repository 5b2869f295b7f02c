/** Refuses, when a rule is made, calls that could never work. */
import { findFunction } from '../functions/index.ts'
import { compilePattern, type Pattern } from '../pattern/compile-pattern.ts'
import { PatternError } from '../pattern/pattern-error.ts'
import type { SqlParseError } from './sql-parse-error.ts'
import type { Expression, SqlVersion } from './syntax-tree.ts'

/** AWS has them; they ask other services, and are refused unless this installation offers them. */
const external = new Map<string, readonly [number, number]>([
  ['aws_lambda', [2, 2]],
  ['get_dynamodb', [4, 6]],
  ['get_registry_data', [3, 3]],
  ['get_secret', [3, 4]],
  ['get_thing_shadow', [2, 3]],
  ['machinelearning_predict', [3, 3]],
])

export interface CallRules {
  version: SqlVersion
  offered: ReadonlySet<string>
  problem: (text: { expected: string; found: string }) => SqlParseError
}

/** @throws {SqlParseError} for an unknown function, one that is not offered, and arguments it cannot have */
export function lintCall(written: string, args: readonly Expression[], rules: CallRules): Expression {
  const name = written.toLowerCase()
  checkArguments(written, args, rules)
  const isPattern = name.startsWith('regexp_')
  const pattern = isPattern ? literalPattern(args[1], rules) : undefined
  return Object.freeze({ kind: 'call', name, args, ...(pattern && { pattern }) })
}

function checkArguments(written: string, args: readonly Expression[], rules: CallRules): void {
  const name = written.toLowerCase()
  const entry = findFunction(name)
  const [min, max] = entry?.args ?? external.get(name) ?? [-1, -1]
  if (min < 0)
    throw rules.problem({ expected: 'a function of the SQL reference', found: `${written}() came` })
  if (!entry && !rules.offered.has(name))
    throw rules.problem({ expected: 'a function that is offered', found: `${written}() is not offered` })
  if ((!entry || entry.isNewer) && rules.version === '2015-10-08')
    throw rules.problem({
      expected: 'a function of SQL version 2015-10-08',
      found: `${written}() came, which needs 2016-03-23`,
    })
  checkScheme(name, args, rules)
  if (args.length < min || args.length > max)
    throw rules.problem({ expected: `${written}() with ${range(min, max)}`, found: `${args.length} came` })
}

function range(min: number, max: number): string {
  if (max === Infinity) return `at least ${min} arguments`
  const noun = max === 1 ? 'argument' : 'arguments'
  return min === max ? `${max} ${noun}` : `${min} to ${max} ${noun}`
}

function checkScheme(name: string, args: readonly Expression[], rules: CallRules): void {
  if (name !== 'encode' && name !== 'decode') return
  const scheme = args[1]
  const text = scheme?.kind === 'literal' ? scheme.value : undefined
  if (args.length >= 2 && text === 'proto' && name === 'decode')
    throw rules.problem({
      expected: 'a function that is offered',
      found: "decode() with 'proto' is not offered",
    })
  if (args.length >= 2 && text !== 'base64')
    throw rules.problem({
      expected: `'base64' as second argument of ${name}()`,
      found: 'another scheme came',
    })
}

/** An invalid regular expression gives Undefined when it runs; one beyond this engine is refused here. */
function literalPattern(argument: Expression | undefined, rules: CallRules): Pattern | undefined {
  if (argument?.kind !== 'literal' || typeof argument.value !== 'string') return undefined
  try {
    return compilePattern(argument.value)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    if (error.reason === 'invalid') return undefined
    throw rules.problem({ expected: 'a regular expression that is offered', found: error.message })
  }
}

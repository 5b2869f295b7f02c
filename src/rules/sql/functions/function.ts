import type { Budget } from '../budget.ts'
import type { RuleContext } from '../message.ts'
import type { Pattern } from '../pattern/compile-pattern.ts'
import type { SqlVersion } from '../syntax/syntax-tree.ts'
import type { Value } from '../values/value.ts'

/** What a call may use besides its arguments. */
export interface Call {
  budget: Budget
  context: RuleContext
  /** The whole topic, as published. */
  topic: string
  version: SqlVersion
  /** The second argument, when it is a literal regular expression. */
  pattern?: Pattern
}

export interface SqlFunction {
  /** Fewest and most arguments. */
  args: readonly [number, number]
  /** Not in SQL version 2015-10-08. */
  isNewer?: true
  run: (args: readonly Value[], call: Call) => Value
}

/** By name in lower case. */
export type SqlFunctions = Readonly<Record<string, SqlFunction>>

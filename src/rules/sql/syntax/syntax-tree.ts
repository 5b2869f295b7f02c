/** What a statement says, frozen. Source: AWS IoT Developer Guide, "AWS IoT SQL reference". */
import type { Pattern } from '../pattern/compile-pattern.ts'
import type { Value } from '../values/value.ts'

/** `beta` behaves as `2016-03-23`. */
export type SqlVersion = '2015-10-08' | '2016-03-23' | 'beta'

export type Operator =
  | 'and'
  | 'or'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'

export type CastType = 'string' | 'int' | 'decimal' | 'boolean'

export type Expression =
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  /** `*`: the whole payload; in a nested query, the item. */
  | { readonly kind: 'payload' }
  /** `path.*`: the object at the path, and nothing else; as an item without AS its members join the output. */
  | { readonly kind: 'members'; readonly of: Expression }
  | { readonly kind: 'member'; readonly of: Expression; readonly steps: readonly Step[] }
  | CallExpression
  | { readonly kind: 'cast'; readonly value: Expression; readonly type: CastType }
  | CaseExpression
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly members: readonly { key: string; value: Expression }[] }
  | { readonly kind: 'not' | 'negate'; readonly operand: Expression }
  | ChainExpression
  | { readonly kind: 'subquery' | 'exists'; readonly select: Select }

export interface CallExpression {
  readonly kind: 'call'
  /** In lower case. */
  readonly name: string
  readonly args: readonly Expression[]
  /** Ready to run when the regular expression is a literal. */
  readonly pattern?: Pattern
}

export interface CaseExpression {
  readonly kind: 'case'
  readonly subject?: Expression
  readonly branches: readonly { readonly when: Expression; readonly result: Expression }[]
  readonly otherwise?: Expression
}

/** Operators of one precedence from left to right: a list, so a long sum is not a deep tree. */
export interface ChainExpression {
  readonly kind: 'chain'
  readonly first: Expression
  readonly rest: readonly { readonly operator: Operator; readonly operand: Expression }[]
}

export type Step = { readonly key: string } | { readonly index: Expression }

export interface SelectItem {
  readonly expression: Expression
  /** After AS: several segments make nested objects. */
  readonly alias?: readonly string[]
  /** The name without AS; undefined for `*`, `path.*` and an object literal, whose members join the output. */
  readonly name?: string
}

export interface Select {
  /** SELECT VALUE: the output itself. */
  readonly value?: Expression
  readonly items: readonly SelectItem[]
  /** Of a nested query: an array is taken item by item. */
  readonly source?: { readonly expression: Expression; readonly alias?: string }
  readonly where?: Expression
}

export interface Query {
  readonly version: SqlVersion
  /** SET, in order; names without `@`. */
  readonly variables: readonly { readonly name: string; readonly value: Expression }[]
  readonly topicFilter?: string
  readonly select: Select
}

/** The MQTT topic filter after FROM; undefined when the rule is for Basic Ingest alone. */
export const topicFilterOf = (query: Query): string | undefined => query.topicFilter

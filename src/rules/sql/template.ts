/**
 * Fields of rule actions with `${expression}` in them. `$$` stands for one `$`, as in `$$aws/things/x/shadow/update`.
 * Source: AWS IoT Developer Guide, "Substitution templates", "Republish".
 */
import { evaluate, payloadScope } from './evaluate-expression.ts'
import { openQuery } from './evaluate-query.ts'
import type { RuleMessage } from './message.ts'
import { maxLength, parseTemplateExpression, type SqlOptions } from './syntax/parse.ts'
import { SqlParseError } from './syntax/sql-parse-error.ts'
import type { Expression, Query, SqlVersion } from './syntax/syntax-tree.ts'
import { toText } from './values/convert.ts'

export interface Template {
  readonly version: SqlVersion
  readonly variables: Query['variables']
  /** Text as it stands, and expressions. */
  readonly parts: readonly (string | Expression)[]
}

export interface TemplateOptions extends SqlOptions {
  /** What the SET clause of the rule defines. */
  variables?: Query['variables']
}

/** @throws {SqlParseError} with line and column in the text of the template */
export function parseTemplate(text: string, version: SqlVersion, options: TemplateOptions = {}): Template {
  const { variables = [] } = options
  const parts: (string | Expression)[] = []
  if (text.length > maxLength)
    throw new SqlParseError(text, 0, {
      expected: `at most ${maxLength} characters`,
      found: `${text.length} came`,
    })
  let at = 0
  while (at < text.length) {
    const next = text.indexOf('$', at)
    const plain = text.slice(at, next === -1 ? undefined : next)
    if (plain !== '') parts.push(plain)
    if (next === -1) break
    if (text[next + 1] !== '{') {
      parts.push('$')
      at = next + (text[next + 1] === '$' ? 2 : 1)
      continue
    }
    const { expression, end } = parseTemplateExpression(text, next + 2, { ...options, version, variables })
    parts.push(expression)
    at = end
  }
  return Object.freeze({ version, variables, parts: Object.freeze(parts) })
}

/**
 * Evaluated on the message as it was published, not on what SELECT made of it. Undefined and Null become nothing,
 * arrays and objects JSON.
 * @throws {SqlEvaluationError}
 */
export function evaluateTemplate(template: Template, message: RuleMessage): string {
  if (template.parts.every((part) => typeof part === 'string')) return template.parts.join('')
  const evaluation = openQuery(template, message)
  const scope = payloadScope(evaluation)
  let result = ''
  for (const part of template.parts) {
    const text =
      typeof part === 'string' ? part : toText(evaluate(part, scope, evaluation), evaluation.budget)
    evaluation.budget.spendText(result.length + (text?.length ?? 0))
    result += text ?? ''
  }
  return result
}

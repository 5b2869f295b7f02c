/** The SQL of AWS IoT rules: parse and lint when a rule is made, evaluate on each message. Pure. */
export { SqlEvaluationError } from './budget.ts'
export { evaluateQuery, type RuleOutput } from './evaluate-query.ts'
export type { RuleContext, RuleMessage } from './message.ts'
export { parseSql } from './syntax/parse.ts'
export { SqlParseError } from './syntax/sql-parse-error.ts'
export { topicFilterOf, type Query, type SqlVersion } from './syntax/syntax-tree.ts'
export { evaluateTemplate, parseTemplate } from './template.ts'

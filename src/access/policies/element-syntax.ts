/**
 * What stands in Action and Resource, by dialect. IAM takes more than IoT: the name of an action may be any text,
 * that of a service may have dots, and an ARN may end early.
 * Source: IAM User Guide, "IAM JSON policy elements: Action" and "... Resource".
 */
import { PolicyDocumentError, type PolicyDialect } from './document.ts'
import { quote } from './read-strings.ts'

const actionOf: Record<'iot' | 'iam', RegExp> = {
  iot: /^(?:\*+|[\w*?-]+:[\w*?.-]+)$/,
  iam: /^(?:\*+|[\w*?.-]+:[^:]+)$/,
}

/** @throws {PolicyDocumentError} */
export function checkAction(pattern: string, place: string, dialect: PolicyDialect): void {
  if (actionOf[dialect === 'iot' ? 'iot' : 'iam'].test(pattern)) return
  throw new PolicyDocumentError(
    `${place} must be "*" or a service and an action such as "iot:Connect", got ${quote(pattern)}`,
  )
}

const wholeArn = /^arn:(?:[^:]*:){4}./s
/** Partition and service at least; a part that is there is not empty. */
const shortArn = /^arn(?::[^:]+){2,4}$/

/**
 * A pattern that can be an ARN, or begin one once its wildcards and variables are filled in.
 * @throws {PolicyDocumentError}
 */
export function checkResource(pattern: string, place: string, dialect: PolicyDialect): void {
  const begin = /^[^*?$]*/.exec(pattern)?.[0] ?? ''
  const isWhole = begin.length === pattern.length
  if (isWhole && (wholeArn.test(pattern) || (dialect !== 'iot' && shortArn.test(pattern)))) return
  if (!isWhole && (begin.startsWith('arn:') || 'arn:'.startsWith(begin))) return
  throw new PolicyDocumentError(`${place} must be "*" or an ARN, got ${quote(pattern)}`)
}

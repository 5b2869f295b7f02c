import { iotError } from '../../api/aws/errors.ts'
import { evaluateTemplate, parseTemplate, SqlParseError, type RuleMessage } from '../sql/index.ts'
import type { ActionScope } from './action.ts'

/** Text of an action that may hold `${expression}`. */
export interface Field {
  /** The text, when it is the same for every message. */
  literal: string | undefined
  /** @throws {SqlEvaluationError} */
  fill: (message: RuleMessage) => string
}

/** @throws {AwsError} `InvalidRequestException` that names the place, when an expression cannot be parsed */
export function parseField(text: string, name: string, { version, variables, place }: ActionScope): Field {
  try {
    const template = parseTemplate(text, version, { variables })
    const isLiteral = template.parts.every((part) => typeof part === 'string')
    return {
      literal: isLiteral ? template.parts.join('') : undefined,
      fill: (message) => evaluateTemplate(template, message),
    }
  } catch (error) {
    // assumed: the code; AWS documents SqlParseException for the statement alone
    if (error instanceof SqlParseError)
      throw iotError('InvalidRequestException', `${place}.${name}: ${error.message}`)
    throw error
  }
}

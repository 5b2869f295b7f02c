/** Calls the function of a custom authorizer, as rules and hooks are called. */
import { AwsError } from '../../api/aws/errors.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { describeFunctionError, readFunctionAnswer } from '../../lib/function-answer.ts'
import { withinTime } from '../../lib/within-time.ts'
import { AnswerError, parseAnswer, type AuthorizerAnswer } from './answer.ts'
import { authorizerArn, type Authorizer } from './authorizer.ts'
import { AuthorizerRefusal, type AuthorizerCode } from './refusal.ts'

const service = 'iot.amazonaws.com'
/** AWS IoT Developer Guide, "Creating and managing custom authorizers". */
const defaultTimeoutMs = 5000

/**
 * Runs the function if its resource-based policy allows the service, and resolves with its answer.
 * @throws {AwsError} when it was not run
 */
export type CallFunction = (invocation: {
  accountId: string
  functionArn: string
  payload: Uint8Array
  service: typeof service
  sourceArn: string
  sourceAccount: string
}) => Promise<{ payload: Uint8Array; functionError?: string }>

export interface AskDeps {
  callFunction: CallFunction
  region: string
  /** How long the function may take; five seconds when absent, as on AWS. */
  timeoutMs?: number
}

/** @throws {AuthorizerRefusal} when the function cannot be run, fails, answers too late, or not as it must, or with no */
export async function askFunction(
  { callFunction, region, timeoutMs = defaultTimeoutMs }: AskDeps,
  authorizer: Authorizer,
  event: object,
): Promise<AuthorizerAnswer> {
  const { accountId, authorizerName, authorizerFunctionArn } = authorizer
  const scope: ArnScope = { accountId, region }
  const refuse = (code: AuthorizerCode, error: string) =>
    new AuthorizerRefusal(code, { authorizer: authorizerName, function: authorizerFunctionArn, error })
  const called = callFunction({
    accountId,
    functionArn: authorizerFunctionArn,
    payload: Buffer.from(JSON.stringify(event)),
    service,
    sourceArn: authorizerArn(scope, authorizerName),
    sourceAccount: accountId,
  })
  const answer = await withinTime(called, timeoutMs).catch((cause: unknown) => {
    throw cause instanceof AwsError ? refuse(codeOf(cause), `${cause.code}: ${cause.message}`) : cause
  })
  if (!answer) throw refuse('authorizer-timed-out', `it did not answer within ${timeoutMs / 1000} seconds`)
  if (answer.functionError !== undefined)
    throw refuse('authorizer-function-failed', describeFunctionError(readFunctionAnswer(answer.payload)))
  const said = read(answer.payload, refuse)
  if (!said) throw refuse('authorizer-denied', 'it returned isAuthenticated: false')
  return said
}

/** That the function's own role cannot be assumed has the same code. */
const codeOf = ({ code, message }: AwsError): AuthorizerCode =>
  code === 'AccessDeniedException' && message.startsWith(`User: ${service} `)
    ? 'authorizer-not-permitted'
    : 'authorizer-function-failed'

function read(payload: Uint8Array, refuse: (code: AuthorizerCode, error: string) => AuthorizerRefusal) {
  try {
    return parseAnswer(payload)
  } catch (cause) {
    if (cause instanceof AnswerError) throw refuse('authorizer-answer-invalid', cause.message)
    throw cause
  }
}

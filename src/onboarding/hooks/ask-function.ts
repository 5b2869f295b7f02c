/** Has a function of the account run for AWS IoT, and reads what it returns. */
import { AwsError } from '../../api/aws/errors.ts'
import { describeFunctionError, readFunctionAnswer } from '../../lib/function-answer.ts'
import type { JsonValue } from '../../lib/lenient-json.ts'
import { withinTime } from '../../lib/within-time.ts'

/**
 * Runs the function if its resource-based policy allows the service, and resolves with its answer.
 * @throws {AwsError} when it was not run
 */
type CallFunction = (invocation: {
  accountId: string
  functionArn: string
  payload: Uint8Array
  service: 'iot.amazonaws.com'
  sourceArn: string
  sourceAccount: string
}) => Promise<{ payload: Uint8Array; functionError?: string }>

export interface AskDeps {
  callFunction: CallFunction
  /** How long a function may take that a device waits for. */
  hookTimeoutMs: number
}

/** Why there is no answer: what follows the name of who was asked. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export interface FunctionQuestion {
  accountId: string
  functionArn: string
  /** On whose behalf it is asked: what its resource-based policy may name. */
  sourceArn: string
  event: object
}

/**
 * Resolves with what the function returned; undefined for what is no JSON.
 * @throws {NoAnswer} when it could not be asked, failed, or said nothing in time
 */
export async function askFunction(
  { callFunction, hookTimeoutMs }: AskDeps,
  { accountId, functionArn, sourceArn, event }: FunctionQuestion,
): Promise<JsonValue | undefined> {
  const called = callFunction({
    accountId,
    functionArn,
    payload: Buffer.from(JSON.stringify(event)),
    service: 'iot.amazonaws.com',
    sourceArn,
    sourceAccount: accountId,
  })
  const answer = await withinTime(called, hookTimeoutMs).catch((cause: unknown) => {
    throw cause instanceof AwsError ? new NoAnswer(`${cause.code}: ${cause.message}`) : cause
  })
  if (!answer) throw new NoAnswer(`it did not answer within ${hookTimeoutMs / 1000} seconds`)
  const said = readFunctionAnswer(answer.payload)
  if (answer.functionError !== undefined) throw new NoAnswer(describeFunctionError(said))
  return said
}

/** What is told of an event that a function failed on. */
import { functionArn } from '../registry/function-name.ts'
import { latest } from '../registry/function-version.ts'
import type { FailedAttempt } from './event-queue.ts'
import type { EventSource } from './event-store.ts'

/** An attempt of an asynchronous invocation failed. */
export interface FunctionFailure {
  accountId: string
  functionName: string
  requestId: string
  source: EventSource
  /** From 1; 0 when the function was never run. */
  attempt: number
  /** True when the event is given up. */
  isFinal: boolean
  /** E.g. `Sandbox.Timedout`, or the class of the error that the function threw. */
  errorType: string
  errorMessage: string
}

export function toFailure(attempt: FailedAttempt): FunctionFailure {
  const { event, condition, result } = attempt
  const { errorType, errorMessage } = responseOf(attempt) as Partial<FunctionFailure>
  const knownType = result?.isOutOfMemory ? 'Runtime.OutOfMemory' : errorType
  return {
    accountId: event.accountId,
    functionName: event.functionName,
    requestId: event.eventId,
    source: event.source,
    attempt: event.attempts,
    isFinal: condition !== undefined,
    errorType: String(knownType ?? condition ?? 'Error'),
    errorMessage: String(errorMessage ?? ''),
  }
}

/**
 * The record that Lambda sends to a destination for failures, as an event of the function's log.
 * Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".
 */
export function toFailureLog(region: string, attempt: FailedAttempt, now: Date) {
  const { event, condition, result } = attempt
  const { accountId, functionName, qualifier = latest } = event
  const record = {
    version: '1.0',
    timestamp: now.toISOString(),
    requestContext: {
      requestId: event.eventId,
      functionArn: functionArn({ accountId, region }, { functionName, qualifier }),
      condition,
      approximateInvokeCount: event.attempts,
    },
    requestPayload: parseOrText(event.payload),
    responseContext: {
      statusCode: result ? 200 : 400,
      executedVersion: result?.executedVersion ?? latest,
      functionError: result?.functionError,
    },
    responsePayload: responseOf(attempt),
  }
  return {
    accountId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `${now.toISOString().slice(0, 10).replaceAll('-', '/')}/on-failure`,
    events: [{ timestamp: now, message: JSON.stringify(record) }],
  }
}

function responseOf({ result, refusal }: FailedAttempt): unknown {
  if (result) return parseOrText(Buffer.from(result.payload).toString()) ?? {}
  return { errorType: refusal?.code, errorMessage: refusal?.message }
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

import type * as Lambda from '@aws-sdk/client-lambda'
import { AwsError } from '../../api/aws/errors.ts'

type LambdaErrorName =
  | Extract<keyof typeof Lambda, `${string}Exception`>
  | 'AccessDeniedException'
  | 'ValidationException'

/** A refusal of the Lambda API; `members` are further members of the error's shape. */
export function lambdaError(
  code: LambdaErrorName,
  message: string,
  members?: Record<string, unknown>,
): AwsError {
  return new AwsError(code, message, members && { members })
}

/** An invocation that there is no room for now. */
export function tooManyRequests(
  reason: 'ConcurrentInvocationLimitExceeded' | 'ReservedFunctionConcurrentInvocationLimitExceeded',
): AwsError {
  return lambdaError('TooManyRequestsException', 'Rate Exceeded.', { Reason: reason, Type: 'User' })
}

/**
 * The one error that features throw for a refusal the caller must see. Only `render-error.ts` turns it into
 * a wire form; anything else that is thrown becomes an internal failure without its text.
 */
import type * as Iam from '@aws-sdk/client-iam'
import type * as Iot from '@aws-sdk/client-iot'
import type * as Sts from '@aws-sdk/client-sts'

export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  /** Further members of the error shape, e.g. `resourceArn`. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(
    code: string,
    message: string,
    options: { members?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.members = options.members ?? {}
  }
}

/** Names of the error classes that an SDK client package exports. */
type ErrorName<Client> = {
  [Name in keyof Client]: Client[Name] extends abstract new (...parameters: never[]) => Error ? Name : never
}[keyof Client] &
  string

/** Errors that every AWS service may answer. */
type CommonError = 'AccessDeniedException' | 'NotImplementedException' | 'ValidationException'

type IotErrorName = ErrorName<typeof Iot> | CommonError
type IamErrorName = ErrorName<typeof Iam> | 'AccessDenied' | 'ValidationError'
type StsErrorName = ErrorName<typeof Sts> | 'AccessDenied' | 'ValidationError'

export function iotError(code: IotErrorName, message: string, members?: Record<string, unknown>): AwsError {
  return new AwsError(code, message, members && { members })
}

export function iamError(code: IamErrorName, message: string): AwsError {
  return new AwsError(code, message)
}

export function stsError(code: StsErrorName, message: string): AwsError {
  return new AwsError(code, message)
}

import { AwsError } from '../../api/aws/errors.ts'

/** Errors of CloudWatch Logs that Muster answers. */
type LogsErrorName =
  | 'InvalidParameterException'
  | 'OperationAbortedException'
  | 'ResourceAlreadyExistsException'
  | 'ResourceNotFoundException'
  | 'TooManyTagsException'
  | 'ValidationException'

export function logsError(code: LogsErrorName, message: string): AwsError {
  return new AwsError(code, message)
}

export const groupNotFound = () =>
  logsError('ResourceNotFoundException', 'The specified log group does not exist.')

export const streamNotFound = () =>
  logsError('ResourceNotFoundException', 'The specified log stream does not exist.')

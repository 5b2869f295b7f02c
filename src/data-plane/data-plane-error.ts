import { AwsError } from '../aws/errors.ts'

type DataPlaneErrorName =
  | 'ForbiddenException'
  | 'InvalidRequestException'
  | 'MethodNotAllowedException'
  | 'RequestEntityTooLargeException'
  | 'ResourceNotFoundException'
  | 'ThrottlingException'

/** What an iot-data operation refuses with. */
export function dataPlaneError(code: DataPlaneErrorName, message: string): AwsError {
  return new AwsError(code, message)
}

import { AwsError } from '../../api/aws/errors.ts'

type DataPlaneErrorName =
  | 'ConflictException'
  | 'ForbiddenException'
  | 'GatewayTimeoutException'
  | 'InternalFailureException'
  | 'InvalidRequestException'
  | 'MethodNotAllowedException'
  | 'RequestEntityTooLargeException'
  | 'ResourceNotFoundException'
  | 'ThrottlingException'
  | 'UnsupportedDocumentEncodingException'

/** What an iot-data operation refuses with. */
export function dataPlaneError(code: DataPlaneErrorName, message: string): AwsError {
  return new AwsError(code, message)
}

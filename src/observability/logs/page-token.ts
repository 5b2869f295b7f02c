import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'
import { logsError } from './logs-error.ts'

export const encodeToken: (key: string) => string = encodeMarker

/** @throws {AwsError} `InvalidParameterException` when this server cannot have made the token */
export function decodeToken(token: string | undefined): string | undefined {
  try {
    return decodeMarker(token)
  } catch {
    throw logsError('InvalidParameterException', 'The specified nextToken is invalid.') // as this service calls it
  }
}

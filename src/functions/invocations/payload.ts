import { lambdaError } from '../registry/lambda-error.ts'

/** Bytes (Lambda quotas, "Invocation payload"). */
export const maxPayloadBytes = { synchronous: 6 * 1024 * 1024, asynchronous: 1024 * 1024 }

/**
 * The payload as the function gets it; an absent one is an empty object.
 * @throws {AwsError} `RequestTooLargeException`; `InvalidRequestContentException` when it is not JSON
 */
export function readPayload(payload: Uint8Array | undefined, maxBytes: number): Uint8Array {
  if (!payload || payload.byteLength === 0) return Buffer.from('{}')
  if (payload.byteLength > maxBytes)
    throw lambdaError(
      'RequestTooLargeException',
      `Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation`,
      { Type: 'User' },
    )
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ''
    throw lambdaError('InvalidRequestContentException', `Could not parse request body into json: ${reason}`, {
      Type: 'User',
    })
  }
  return payload
}

/** Opaque page markers: base64 of the key after which the next page begins. */
import { iotError } from './errors.ts'

export function encodeMarker(key: string): string {
  return Buffer.from(key).toString('base64')
}

/**
 * The key that the marker was made of; `undefined` without one.
 * @throws {AwsError} `InvalidRequestException` when this server cannot have made the marker
 */
export function decodeMarker(marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined
  const key = Buffer.from(marker, 'base64').toString()
  if (key === '' || encodeMarker(key) !== marker)
    throw iotError('InvalidRequestException', 'the page marker is not one that this server gave out')
  return key
}
